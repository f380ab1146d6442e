using Konsul.Mesh.Model;
using Konsul.Mesh.Raft.Host.Cluster;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.State;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Kv;
using Konsul.Mesh.State.Transactions;

namespace Konsul.Mesh.Server.EtcdGateway;

/// <summary>
/// etcd's if-then-else on our transactions. The conditions are looked at here and guarded there: the transaction holds, for every key compared, that
/// it is as it was seen. If one changed meanwhile it fails whole and is tried again on what is there now.
/// </summary>
internal sealed class EtcdStore(ReplicatedState state)
{
    private const int Attempts = 32;

    /// <summary>That of every value here.</summary>
    private const int MaxValue = 512 * 1024;

    public async Task<EtcdOutcome> RunAsync(TxnRequest request, string ns, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            await state.BarrierAsync(cancellationToken).ConfigureAwait(false);
            var view = state.View;
            var succeeded = request.Compare.All(c => c.Holds(view.Kv.Get(NamespacedKey.Of(ns, c.Key))));
            var steps = succeeded ? request.Success : request.Failure;
            var guards = request.Compare.Select(c => c.Key).Distinct(StringComparer.Ordinal).Select(k => Guard(view.Kv, NamespacedKey.Of(ns, k))).ToList();
            var operations = new List<TxnOperation>(guards);
            var starts = new List<int>();
            foreach (var step in steps)
            {
                starts.Add(operations.Count);
                operations.AddRange(Operations(step, view.Kv, ns));
            }

            if (operations.Count > Transaction.MaxOperations)
                throw EtcdException.Invalid("etcdserver: too many operations in txn request");
            var transaction = new Transaction { Operations = [.. operations] };
            var reads = operations.TrueForAll(o => o.IsRead);
            var result = reads ? StateStore.Read(view, transaction) : await state.TryProposeAsync(transaction, cancellationToken).ConfigureAwait(false);
            if (result.Success)
                return new EtcdOutcome(succeeded, reads ? view.Index : result.Index, steps, starts, result.Results);
            if (result.Errors.IsEmpty || result.Errors.Any(e => e.Operation >= guards.Count))
                throw Refused(result);
        }

        throw new EtcdException(503, 14, "etcdserver: the keys compared change too fast");
    }

    public EtcdHeader Header(ulong revision) => new(
        state.View.Ca is { } ca ? BitConverter.ToUInt64(ca.ClusterId.ToByteArray()) : 0, (state.Consensus as ClusterNode)?.NodeId ?? 0, revision, state.Log.Status.Term);

    private static EtcdException Refused(ApplyResult result) => result.Reason.StartsWith("invalid session", StringComparison.Ordinal)
        ? EtcdException.LeaseNotFound()
        : EtcdException.Invalid(result.Reason);

    private static TxnOperation Guard(KvView kv, string key) => kv.Get(key) is { } entry
        ? Key(TxnVerb.CheckIndex, key) with { Index = entry.ModifyIndex }
        : Key(TxnVerb.CheckNotExists, key);

    /// <summary>A write is led by a read of what it replaces.</summary>
    private static TxnOperation[] Operations(RequestOp step, KvView kv, string ns)
    {
        if (!step.IsOne)
            throw EtcdException.Invalid("a step is one of request_put, request_range and request_delete_range");
        var request = step.Put ?? step.Range ?? step.Delete!;
        if (request.Value.Length > MaxValue)
            throw EtcdException.Invalid("etcdserver: request is too large");
        var range = request.Keys;
        var key = NamespacedKey.Of(ns, range.Start);
        if (range.Kind == KeyRangeKind.Stretch)
            throw EtcdException.Invalid("only one key, or all keys with a prefix, can be read or deleted in a transaction");
        var read = Key(range.Kind == KeyRangeKind.One ? TxnVerb.GetOrEmpty : TxnVerb.GetTree, key);
        if (step.Range is not null)
            return [read];
        if (step.Delete is not null)
            return [read, Key(range.Kind == KeyRangeKind.One ? TxnVerb.Delete : TxnVerb.DeleteTree, key)];

        var put = Key(TxnVerb.Set, key) with { Value = request.Value };
        if (request.Lease != 0)
            return [read, put with { Verb = TxnVerb.Attach, Session = LeaseId.ToSession(request.Lease) }];

        // A lock that a session holds is none of etcd's affair; a lease is given up.
        return [read, !request.IgnoreLease && LeaseId.Of(kv.Get(key)?.Session ?? "") != 0 ? put with { Verb = TxnVerb.Attach } : put];
    }

    private static TxnOperation Key(TxnVerb verb, string key) => new() { Subject = TxnSubject.Key, Verb = verb, Key = key };
}
