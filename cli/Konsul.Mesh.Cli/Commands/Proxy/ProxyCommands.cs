using System.CommandLine;

namespace Konsul.Mesh.Cli.Commands.Proxy;

internal static class ProxyCommands
{
    public static Command Create(CliEnvironment environment) => new("proxy", "Proxies and what they run on")
    {
        ProxyStatusCommand.Create(environment),
        ProxyConfigCommand.Create(environment),
    };
}
