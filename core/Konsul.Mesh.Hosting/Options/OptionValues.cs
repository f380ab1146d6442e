using System.Globalization;

namespace Konsul.Mesh.Hosting.Options;

/// <summary>The effective options, all checked. Asking for an option that the schema lacks is a bug and throws.</summary>
public sealed class OptionValues
{
    private readonly Dictionary<string, (OptionSpec Spec, string? Value, OptionSource Source)> _values;

    internal OptionValues(
        string verb, Dictionary<string, (OptionSpec Spec, string? Value, OptionSource Source)> values, IReadOnlyList<string> warnings)
    {
        Verb = verb;
        Warnings = warnings;
        _values = values;
    }

    /// <summary>Empty when the program has no verbs.</summary>
    public string Verb { get; }

    /// <summary>Sentences to log, such as unknown KONSUL_* variables.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Whether somebody set it, rather than the default.</summary>
    public bool IsSet(string name) => _values[name].Source != OptionSource.Default;

    public string? TextOrNull(string name) => _values[name].Value is { Length: > 0 } text ? text : null;

    public string Text(string name) => _values[name].Value ?? "";

    public bool Flag(string name) => bool.Parse(Required(name));

    public int Integer(string name) => int.Parse(Required(name), CultureInfo.InvariantCulture);

    public int? IntegerOrNull(string name) => _values[name].Value is null ? null : Integer(name);

    public TimeSpan Duration(string name) => GoDuration.Parse(Required(name));

    public HostPort HostPort(string name) => HostPortOrNull(name) ?? throw new InvalidOperationException($"{name} has no value.");

    public HostPort? HostPortOrNull(string name) => Options.HostPort.TryParse(_values[name].Value, out var value) ? value : null;

    public IReadOnlyList<string> List(string name) => OptionSpec.ListOf(Text(name));

    /// <summary>Every option with its value and where it came from, secrets masked; for the log at start.</summary>
    public IReadOnlyDictionary<string, string> Describe() => new SortedDictionary<string, string>(
        _values.Values.ToDictionary(v => v.Spec.Name, Describe), StringComparer.Ordinal);

    private static string Describe((OptionSpec Spec, string? Value, OptionSource Source) option)
    {
        var value = option.Value is null ? "(unset)" : option.Spec.Kind == OptionKind.Secret && option.Value.Length > 0 ? "****" : option.Value;
        return option.Source == OptionSource.Default ? value : $"{value} ({option.Source.ToString().ToLowerInvariant()})";
    }

    private string Required(string name) => _values[name].Value ?? throw new InvalidOperationException($"{name} has no value.");
}
