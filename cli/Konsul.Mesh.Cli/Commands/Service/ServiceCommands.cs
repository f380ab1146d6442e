using System.CommandLine;

namespace Konsul.Mesh.Cli.Commands.Service;

internal static class ServiceCommands
{
    public static Command Create(CliEnvironment environment) => new("service", "Services and their instances")
    {
        ServiceRegisterCommand.Create(environment),
        ServiceDeregisterCommand.Create(environment),
        ServiceListCommand.Create(environment),
        ServiceGetCommand.Create(environment),
    };
}
