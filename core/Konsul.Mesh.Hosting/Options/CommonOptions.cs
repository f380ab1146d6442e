using Konsul.Mesh.Telemetry.Logging;

namespace Konsul.Mesh.Hosting.Options;

/// <summary>What every program of the mesh takes.</summary>
public static class CommonOptions
{
    public const string Config = "config";
    public const string LogLevel = "log-level";
    public const string LogFormat = "log-format";
    public const string PortsFile = "ports-file";

    public static OptionSchema AddCommon(this OptionSchema schema) => schema.Add(
        OptionSpec.Text(Config, "Read options from this YAML file") with { Placeholder = "FILE" },
        OptionSpec.Text(LogLevel, "Least severity that is logged: " + string.Join(", ", LogLevels.Names), "info") with
        {
            Placeholder = "LEVEL",
            Check = text => LogLevels.TryParse(text, out _) ? null : $"must be one of {string.Join(", ", LogLevels.Names)}, not \"{text}\"",
        },
        OptionSpec.Choice(LogFormat, "Form of log lines", "text", "text", "json"),
        OptionSpec.Text(PortsFile, "Write the ports that are listened on to this file, as JSON") with { Placeholder = "FILE" });
}
