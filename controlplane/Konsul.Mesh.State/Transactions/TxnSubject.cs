namespace Konsul.Mesh.State.Transactions;

/// <summary>What an operation is about. Numbers are in the log: for ever.</summary>
public enum TxnSubject
{
    Key = 0,
    Node = 1,
    Service = 2,
    Check = 3,
}
