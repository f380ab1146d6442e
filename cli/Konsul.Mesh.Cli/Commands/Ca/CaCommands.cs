using System.CommandLine;

namespace Konsul.Mesh.Cli.Commands.Ca;

internal static class CaCommands
{
    public static Command Create(CliEnvironment environment) => new("ca", "The certificate authority")
    {
        CaStatusCommand.Create(environment),
        CaRootsCommand.Create(environment),
        CaRotateCommand.Create(environment),
    };
}
