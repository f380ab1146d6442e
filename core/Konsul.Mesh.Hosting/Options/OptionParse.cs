namespace Konsul.Mesh.Hosting.Options;

/// <summary>Either values to start with, or a text that was asked for (<c>--help</c>, <c>--version</c>) and then exit 0.</summary>
public sealed record OptionParse(OptionValues? Values, string? Text);
