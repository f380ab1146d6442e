namespace Konsul.Mesh.Simulation;

/// <summary>How a seed ended.</summary>
/// <param name="Seed">Which.</param>
/// <param name="Steps">Events.</param>
/// <param name="Hash">Of all that happened; the same for every run of the seed.</param>
/// <param name="Violation">What may not happen and did; null when all was well.</param>
/// <param name="Counts">How often each thing happened, by its number.</param>
/// <param name="Messages">How many messages arrived, by type.</param>
/// <param name="LastEvents">The newest, when something went wrong.</param>
/// <param name="Verdict">Of the clients' history.</param>
internal sealed record SimulationResult(
    ulong Seed,
    long Steps,
    ulong Hash,
    ViolationException? Violation,
    IReadOnlyList<long> Counts,
    IReadOnlyList<long> Messages,
    IReadOnlyList<string> LastEvents,
    string Verdict)
{
    public bool IsOk => Violation is null;
}
