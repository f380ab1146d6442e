namespace Konsul.Mesh.State.Transactions;

/// <summary>
/// What an operation does. Nodes, services and checks have <see cref="Set"/>, <see cref="Cas"/>, <see cref="Get"/>, <see cref="Delete"/> and
/// <see cref="DeleteCas"/> only. Numbers are in the log: for ever.
/// </summary>
public enum TxnVerb
{
    Get = 0,
    Set = 1,

    /// <summary>Set, if the ModifyIndex is <see cref="TxnOperation.Index"/>; 0: if there is none.</summary>
    Cas = 2,
    Delete = 3,

    /// <summary>Delete, if the ModifyIndex is <see cref="TxnOperation.Index"/>.</summary>
    DeleteCas = 4,
    Lock = 5,
    Unlock = 6,

    /// <summary>What is not there is no error.</summary>
    GetOrEmpty = 7,
    GetTree = 8,
    DeleteTree = 9,
    CheckIndex = 10,
    CheckSession = 11,
    CheckNotExists = 12,

    /// <summary>Set, and whatever session held the key, <see cref="TxnOperation.Session"/> holds it now; "" for none. For leases, which are no locks.</summary>
    Attach = 13,
}
