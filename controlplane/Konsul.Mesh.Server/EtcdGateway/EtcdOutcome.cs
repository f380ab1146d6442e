using System.Collections.Immutable;
using Konsul.Mesh.Model.Kv;
using Konsul.Mesh.State.Transactions;

namespace Konsul.Mesh.Server.EtcdGateway;

/// <summary>What a transaction did.</summary>
/// <param name="Succeeded">Whether the conditions held.</param>
/// <param name="Revision">When.</param>
/// <param name="Steps">What was done.</param>
/// <param name="Starts">The first operation of each step.</param>
/// <param name="Results">Of all operations.</param>
internal sealed record EtcdOutcome(
    bool Succeeded, ulong Revision, ImmutableArray<RequestOp> Steps, IReadOnlyList<int> Starts, ImmutableArray<TxnResult> Results)
{
    /// <summary>The entries that a step found, before what it wrote.</summary>
    public List<KvEntry> Found(int step) => [.. Results.Where(r => r.Operation == Starts[step]).Select(r => r.Entry!).Where(e => e.CreateIndex > 0)];
}
