using System.Collections.Immutable;
using Konsul.Mesh.State.Transactions;

namespace Konsul.Mesh.State.Commands;

/// <summary>
/// All operations in order, each seeing what those before it did, or none: a failed one fails all, and every failing one is told in
/// <see cref="ApplyResult.Errors"/>. What they read and wrote is in <see cref="ApplyResult.Results"/>.
/// </summary>
public sealed record Transaction : Command
{
    public const int MaxOperations = 128;

    /// <summary>Entries that may be read together: what one request may make every server collect is bounded.</summary>
    public const int MaxResults = 65_536;

    public required ImmutableArray<TxnOperation> Operations { get; init; }
}
