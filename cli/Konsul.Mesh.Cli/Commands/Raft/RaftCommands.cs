using System.CommandLine;

namespace Konsul.Mesh.Cli.Commands.Raft;

internal static class RaftCommands
{
    public static Command Create(CliEnvironment environment) => new("raft", "The servers and their common log")
    {
        RaftPeersCommand.Create(environment),
        RaftTransferLeaderCommand.Create(environment),
        RaftRemovePeerCommand.Create(environment),
        RaftReplacePeerCommand.Create(environment),
    };
}
