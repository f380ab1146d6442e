using System.Globalization;

namespace Konsul.Mesh.Hosting.Options;

/// <summary>One option: flag <c>--data-dir</c>, environment <c>KONSUL_DATA_DIR</c>, YAML key <c>data_dir</c>.</summary>
public sealed record OptionSpec
{
    private OptionSpec(string name, OptionKind kind, string help, string? defaultText)
    {
        Name = name;
        Kind = kind;
        Help = help;
        Default = defaultText;
    }

    public string Name { get; }

    public OptionKind Kind { get; }

    public string Help { get; }

    /// <summary>In the same form as a user would write it; null: unset.</summary>
    public string? Default { get; }

    public IReadOnlyList<string> Choices { get; private init; } = [];

    public int Minimum { get; init; }

    public int Maximum { get; init; } = int.MaxValue;

    /// <summary>Names that existing deployments use; the option's own variable beats them.</summary>
    public IReadOnlyList<string> EnvironmentAliases { get; init; } = [];

    /// <summary>What an element of the list or the value looks like, for the help text.</summary>
    public string? Placeholder { get; init; }

    /// <summary>An extra rule: null for a good value, else the reason, to follow the option's name ("must …").</summary>
    public Func<string, string?>? Check { get; init; }

    public string EnvironmentName => "KONSUL_" + Name.Replace('-', '_').ToUpperInvariant();

    public string Key => Name.Replace('-', '_');

    public static OptionSpec Text(string name, string help, string? defaultText = null) => new(name, OptionKind.Text, help, defaultText);

    public static OptionSpec Secret(string name, string help) => new(name, OptionKind.Secret, help, null);

    public static OptionSpec Flag(string name, string help) => new(name, OptionKind.Flag, help, "false");

    public static OptionSpec Integer(string name, string help, int? defaultValue, int minimum = 0, int maximum = int.MaxValue) =>
        new(name, OptionKind.Integer, help, defaultValue?.ToString(CultureInfo.InvariantCulture)) { Minimum = minimum, Maximum = maximum };

    public static OptionSpec Duration(string name, string help, string? defaultText) => new(name, OptionKind.Duration, help, defaultText);

    public static OptionSpec HostPort(string name, string help, string? defaultText = null) => new(name, OptionKind.HostPort, help, defaultText);

    /// <summary>An address to listen on: the host must be an IP literal, <c>localhost</c> or empty.</summary>
    public static OptionSpec Listen(string name, string help, string? defaultText = null) => HostPort(name, help, defaultText) with
    {
        Check = text => Options.HostPort.TryParse(text, out var address) && address.IsListenable
            ? null
            : $"must be an IP address and a port to listen on, not \"{text}\"",
    };

    public static OptionSpec List(string name, string help, string? defaultText = null) => new(name, OptionKind.List, help, defaultText);

    public static OptionSpec Choice(string name, string help, string? defaultText, params string[] choices) =>
        new(name, OptionKind.Choice, help, defaultText) { Choices = choices };

    /// <summary>Null for a good value, else the reason.</summary>
    internal string? Refusal(string value) => Kind switch
    {
        OptionKind.Flag when !bool.TryParse(value, out _) => $"must be true or false, not \"{value}\"",
        OptionKind.Integer when !int.TryParse(value, CultureInfo.InvariantCulture, out var n) || n < Minimum || n > Maximum =>
            $"must be a whole number from {Minimum}{(Maximum == int.MaxValue ? " up" : $" to {Maximum}")}, not \"{value}\"",
        OptionKind.Duration when !GoDuration.TryParse(value, out _) => $"must be a duration such as 30s, 1m30s or 100ms, not \"{value}\"",
        OptionKind.HostPort when !Options.HostPort.TryParse(value, out _) => $"must be HOST:PORT, not \"{value}\"",
        OptionKind.Choice when !Choices.Contains(value) => $"must be one of {string.Join(", ", Choices)}, not \"{value}\"",
        OptionKind.List => ListOf(value).Select(item => Check?.Invoke(item)).FirstOrDefault(reason => reason is not null),
        _ => Check?.Invoke(value),
    };

    internal static string[] ListOf(string value) => value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
