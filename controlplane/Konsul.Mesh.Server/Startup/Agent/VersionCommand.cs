using System.Text.Json;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Hosting.Options;

namespace Konsul.Mesh.Server.Startup.Agent;

/// <summary><c>konsul-server version [-format=json]</c>, as test suites ask a Consul for its version before they start it.</summary>
internal static class VersionCommand
{
    public const string Verb = "version";

    public static int Run(ProcessEnvironment environment)
    {
        var json = environment.Arguments.Skip(1).Any(a => a.TrimStart('-') is "format=json") ||
            (environment.Arguments is [_, var flag, "json"] && flag.TrimStart('-') == "format");
        if (!json)
        {
            environment.WriteOut($"konsul-server {ServerOptions.ProgramVersion}\n");
            return ExitCode.Ok;
        }

        using var text = new MemoryStream();
        using (var w = new Utf8JsonWriter(text, new JsonWriterOptions { Indented = true }))
        {
            w.WriteStartObject();
            w.WriteString("Version", ServerOptions.ProgramVersion);
            w.WriteString("Revision", "");
            w.WriteString("Prerelease", "");
            w.WriteString("FIPS", "");
            w.WriteEndObject();
        }

        environment.WriteOut(System.Text.Encoding.UTF8.GetString(text.ToArray()) + "\n");
        return ExitCode.Ok;
    }
}
