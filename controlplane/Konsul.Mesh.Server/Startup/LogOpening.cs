using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Server.Cluster;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.Startup;

/// <summary>Opens the log and turns what can be wrong with a data directory into one sentence.</summary>
internal static class LogOpening
{
    private const string Folder = "raft";

    public static async Task<IReplicatedLog> OpenAsync(
        ServerSettings settings, StateMachine machine, ServerParts parts, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(settings.DataDirectory);
            var options = new SingleNodeLogOptions { Directory = Path.Combine(settings.DataDirectory, Folder), NodeId = settings.NodeName };
            return await SingleNodeLog.OpenAsync(
                options, machine, parts.Time, parts.Logging.Factory.CreateLogger<SingleNodeLog>(), cancellationToken).ConfigureAwait(false);
        }
        catch (LogDamagedException e)
        {
            throw new StartupException(ExitCode.BadFile, e.Message.TrimEnd('.'), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(ExitCode.Unavailable, $"cannot open the data directory {settings.DataDirectory}: {e.Message.TrimEnd('.')}", e);
        }
    }
}
