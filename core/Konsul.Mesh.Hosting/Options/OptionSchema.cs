namespace Konsul.Mesh.Hosting.Options;

/// <summary>All options of one program, declared once; the flags, the environment, the file, the help text and the checks follow from
/// it.</summary>
public sealed class OptionSchema(string program, string summary, string version)
{
    private readonly List<OptionSpec> _options = [];
    private readonly List<OptionVerb> _verbs = [];

    public string Program => program;

    public string Summary => summary;

    public string Version => version;

    internal IReadOnlyList<OptionSpec> Common => _options;

    internal IReadOnlyList<OptionVerb> Verbs => _verbs;

    /// <summary>Options of every verb (or of the program, when it has no verbs).</summary>
    public OptionSchema Add(params ReadOnlySpan<OptionSpec> options)
    {
        foreach (var option in options)
        {
            EnsureNew(option, _options);
            _options.Add(option);
        }

        return this;
    }

    /// <summary>A program with verbs wants one of them as its first argument.</summary>
    public OptionSchema Verb(string name, string help, params OptionSpec[] options)
    {
        foreach (var option in options)
        {
            EnsureNew(option, _options);
        }

        _verbs.Add(new OptionVerb(name, help, options));
        return this;
    }

    /// <exception cref="Lifecycle.StartupException">Usage (64) or an unreadable file (65); its message is the one line to
    /// print.</exception>
    public OptionParse Parse(ProcessEnvironment environment) => new OptionParser(this, environment).Parse();

    internal IReadOnlyList<OptionSpec> OptionsOf(string verb) =>
        [.. _options, .. _verbs.Where(v => v.Name == verb).SelectMany(v => v.Options)];

    private static void EnsureNew(OptionSpec option, IEnumerable<OptionSpec> known)
    {
        if (option.Default is { } text && option.Refusal(text) is { } reason)
        {
            throw new ArgumentException($"The default of {option.Name} {reason}.", nameof(option));
        }

        if (known.Any(o => o.Name == option.Name) || option.Name is "help" or "version")
        {
            throw new ArgumentException($"The option {option.Name} exists.", nameof(option));
        }
    }
}
