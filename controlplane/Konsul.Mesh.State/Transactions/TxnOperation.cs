using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.State.Transactions;

/// <summary>One operation of a transaction.</summary>
public sealed record TxnOperation
{
    public required TxnSubject Subject { get; init; }

    public required TxnVerb Verb { get; init; }

    /// <summary>Of a key: with its namespace. Otherwise empty.</summary>
    public string Key { get; init; } = "";

    public ReadOnlyMemory<byte> Value { get; init; }

    public ulong Flags { get; init; }

    /// <summary>What a ModifyIndex is compared with.</summary>
    public ulong Index { get; init; }

    /// <summary>The id of the session that locks, unlocks or is checked for.</summary>
    public string Session { get; init; } = "";

    /// <summary>To get or delete, its name or its id is enough.</summary>
    public Node? Node { get; init; }

    /// <summary>To get or delete, its node and id are enough.</summary>
    public ServiceInstance? Service { get; init; }

    /// <summary>To get or delete, its node and id are enough.</summary>
    public HealthCheck? Check { get; init; }

    /// <summary>Whether it leaves the state as it is.</summary>
    public bool IsRead => Verb is TxnVerb.Get or TxnVerb.GetOrEmpty or TxnVerb.GetTree or TxnVerb.CheckIndex or TxnVerb.CheckSession or TxnVerb.CheckNotExists;
}
