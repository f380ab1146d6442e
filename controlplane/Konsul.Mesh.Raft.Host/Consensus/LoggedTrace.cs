using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>Lets the core's lines into the log at debug level; its warnings and errors as what they are.</summary>
internal sealed class LoggedTrace(ILogger logger) : IRaftTrace
{
    public bool IsEnabled(RaftTraceLevel level) => logger.IsEnabled(LevelOf(level));

    public void Write(RaftTraceLevel level, string line) => logger.Log(LevelOf(level), "{Line}", line);

    private static LogLevel LevelOf(RaftTraceLevel level) => level switch
    {
        RaftTraceLevel.Warning => LogLevel.Warning,
        RaftTraceLevel.Error => LogLevel.Error,
        _ => LogLevel.Debug,
    };
}
