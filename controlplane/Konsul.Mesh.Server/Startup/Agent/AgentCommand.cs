using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Hosting.Options;

namespace Konsul.Mesh.Server.Startup.Agent;

/// <summary>
/// <c>konsul-server agent ...</c>: takes the command line and the files of <c>consul agent</c>, so that scripts and test suites that start one can start this
/// server in its place.
/// </summary>
internal static class AgentCommand
{
    public const string Verb = "agent";

    private const string Help = """
        Usage: konsul-server agent [options]

          Takes the options of Consul's agent: -dev, -server, -bootstrap, -bootstrap-expect, -node, -datacenter, -bind, -advertise, -client,
          -data-dir, -http-port, -dns-port, -grpc-tls-port, -server-port, -retry-join, -config-file, -config-dir, -hcl, -log-level, -log-file,
          -pid-file, -node-meta, -enable-script-checks and the like, and its configuration files in JSON or HCL. Options without an
          effect here are named at the start. The options of konsul-server itself: konsul-server --help

        """;

    public static async Task<int> RunAsync(ProcessEnvironment environment)
    {
        try
        {
            var (flags, sources, help) = AgentFlags.Read([.. environment.Arguments.Skip(1)]);
            if (help)
            {
                environment.WriteOut(Help);
                return ExitCode.Ok;
            }

            var all = AgentConfigFiles.Read(sources);
            ConfigTree.Merge(all, flags);
            var config = new AgentConfig(all);
            var (options, ignored) = AgentTranslator.Translate(config);
            if (ignored.Count > 0)
                environment.WriteErrorLine($"konsul-server agent: without effect here: {string.Join(", ", ignored)}");
            return await RunAsync(environment with { Arguments = options }, config.Text("log_file")).ConfigureAwait(false);
        }
        catch (StartupException e)
        {
            environment.WriteErrorLine($"konsul-server agent: {e.Message}");
            return e.ExitCode;
        }
    }

    private static async Task<int> RunAsync(ProcessEnvironment environment, string? logFile)
    {
        if (logFile is null)
            return await ServerProgram.RunAsync(environment).ConfigureAwait(false);
        var file = Open(logFile);
        await using (file.ConfigureAwait(false))
            return await ServerProgram.RunAsync(environment with { Error = file }).ConfigureAwait(false);
    }

    private static FileStream Open(string path)
    {
        try
        {
            // A folder gets a file of the usual name, as in Consul.
            var file = Directory.Exists(path) || path.EndsWith('/') ? Path.Combine(path, "consul.log") : path;
            return new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(ExitCode.Usage, $"cannot write the log file {path}: {e.Message.TrimEnd('.')}", e);
        }
    }
}
