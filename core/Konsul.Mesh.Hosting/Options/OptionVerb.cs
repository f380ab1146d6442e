namespace Konsul.Mesh.Hosting.Options;

/// <summary>A positional word that says what the program is to be: <c>konsul-proxy sidecar</c>.</summary>
internal sealed record OptionVerb(string Name, string Help, IReadOnlyList<OptionSpec> Options);
