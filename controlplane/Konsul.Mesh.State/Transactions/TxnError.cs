namespace Konsul.Mesh.State.Transactions;

/// <summary>Why an operation could not be done.</summary>
/// <param name="Operation">Which one, from 0.</param>
/// <param name="What">A sentence; clients look into Consul's.</param>
public sealed record TxnError(int Operation, string What);
