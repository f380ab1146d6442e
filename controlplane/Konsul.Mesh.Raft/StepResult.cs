namespace Konsul.Mesh.Raft;

/// <summary>The outcome of a call.</summary>
/// <param name="Outcome">Ok, or why nothing was done.</param>
/// <param name="Leader">With NotLeader: who leads.</param>
/// <param name="Reason">With Refused and Malformed: for people.</param>
public readonly record struct StepResult(StepOutcome Outcome, ulong Leader = 0, string? Reason = null)
{
    public static StepResult Ok => default;

    public bool IsOk => Outcome == StepOutcome.Ok;

    /// <summary>A proposal that will not be in the log.</summary>
    public bool IsDropped => Outcome is StepOutcome.NoLeader or StepOutcome.NotLeader or StepOutcome.TransferInProgress
        or StepOutcome.Removed or StepOutcome.Overloaded or StepOutcome.TooLarge;

    internal static StepResult Malformed(string reason) => new(StepOutcome.Malformed, Reason: reason);
}
