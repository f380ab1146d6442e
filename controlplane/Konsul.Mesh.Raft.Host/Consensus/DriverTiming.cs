namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>Waiting times in ticks.</summary>
internal sealed record DriverTiming
{
    /// <summary>Without a leader for so long and without word of a majority, writes and reads are hopeless. Default 15 (150 ms).</summary>
    public int HopelessTicks { get; init; } = 15;

    /// <summary>Without a leader for so long they are failed in any case. Default 500 (5 s).</summary>
    public int MaxLeaderlessTicks { get; init; } = 500;

    /// <summary>A read that was not answered is asked again. Default 20 (200 ms).</summary>
    public int ReadRetryTicks { get; init; } = 20;

    /// <summary>Commands whose forwarding failed are sent again. Default 2 (20 ms).</summary>
    public int ForwardRetryTicks { get; init; } = 2;

    /// <summary>After losing the connection to the leader, how much later than the one before it each server asks for votes. Default 3 (30 ms).</summary>
    public int FailoverTicks { get; init; } = 3;

    /// <summary>How long the election timeout is helped out after that; longer than the longest of them. Default 80 (800 ms).</summary>
    public int FailoverLimitTicks { get; init; } = 80;

    /// <summary>What comes from a leader so soon after the end of its connection may have been sent before. Default 5 (50 ms).</summary>
    public int LateTicks { get; init; } = 5;

    /// <summary>How long an election is left alone, one's own or one that was granted a vote. Default 10 (100 ms).</summary>
    public int CandidateTicks { get; init; } = 10;

    /// <summary>How long a change of members may wait until it is wise, such as for a server that is about to have caught up. Default 100 (1 s).</summary>
    public int ChangeTicks { get; init; } = 100;

    /// <summary>Before a server is taken out, the rest must be heard of within so long, so it is waited for just that. Default 20 (200 ms).</summary>
    public int ContactTicks { get; init; } = 20;

    /// <summary>How long a chosen successor may take. Default 100 (1 s).</summary>
    public int TransferTicks { get; init; } = 100;
}
