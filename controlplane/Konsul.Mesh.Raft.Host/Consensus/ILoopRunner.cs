namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>Runs the loops of one log and lets them wait for each other: on threads, or one turn at a time in a simulation.</summary>
internal interface ILoopRunner
{
    /// <summary>Calls <paramref name="turn"/> until it says false; its argument says whether it may wait for something to do.</summary>
    void Loop(LogLoop loop, Func<bool, bool> turn);

    /// <summary>Runs work beside the loops; it never throws.</summary>
    void Once(string name, Action work);

    /// <summary>Waits for what another loop, or work beside them, will end.</summary>
    /// <exception cref="OperationCanceledException">The log is closing.</exception>
    void Wait(Task task, CancellationToken closing);

    /// <returns>False when the log is closing.</returns>
    bool Pause(TimeSpan time, CancellationToken closing);
}
