using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Kv;

namespace Konsul.Mesh.State.Transactions;

/// <summary>What an operation read or wrote; exactly one is set. An entry that was written comes without its value.</summary>
public sealed record TxnResult(KvEntry? Entry = null, Node? Node = null, ServiceInstance? Service = null, HealthCheck? Check = null)
{
    /// <summary>The operation that it is of, from 0.</summary>
    public int Operation { get; init; }
}
