using Konsul.Mesh.State.Authority;
using Konsul.Mesh.State.Catalog;
using Konsul.Mesh.State.Cluster;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.ConfigEntries;
using Konsul.Mesh.State.Deadlines;
using Konsul.Mesh.State.Events;
using Konsul.Mesh.State.Intentions;
using Konsul.Mesh.State.Kv;
using Konsul.Mesh.State.Network;
using Konsul.Mesh.State.Queries;
using Konsul.Mesh.State.Sessions;
using Konsul.Mesh.State.Snapshots;
using Konsul.Mesh.State.Transactions;

namespace Konsul.Mesh.State;

/// <summary>
/// The replicated state machine. One thread at a time may call <see cref="Apply"/> and <see cref="Restore"/>; any number of threads read
/// <see cref="View"/> and arm watches, without locks on the state. Pure: the same commands give the same state and results everywhere.
/// </summary>
public sealed class StateStore
{
    private readonly WatchRegistry _watches = new();
    private readonly StateDigest _digest = new();
    private StateView _view = StateView.Empty;

    /// <summary>Called on the applying thread after the new view is published and before watches fire; must return at once and not throw.</summary>
    public event Action<StateChange>? Changed;

    public StateView View => Volatile.Read(ref _view);

    /// <summary>How many watches have fired so far.</summary>
    public long Wakeups => _watches.Wakeups;

    /// <summary>How many watches are armed and not disposed.</summary>
    public int Waiting => _watches.Waiting;

    /// <summary>Arms a watch on any of the topics; read the view after this.</summary>
    public StateWatch Watch(params IEnumerable<Topic> topics) => _watches.Arm(topics);

    /// <summary>
    /// Applies one command. Total: whatever the command holds, it succeeds or yields a failed result and leaves the content as it was.
    /// </summary>
    /// <exception cref="UnknownCommandException">Written by a newer program: this node must stop.</exception>
    public ApplyResult Apply(ulong index, ReadOnlyMemory<byte> command)
    {
        var before = View;
        var draft = new StateDraft(before, index);
        ApplyResult result;
        try
        {
            result = Apply(draft, CommandCodec.Decode(command.Span));
        }
        catch (MalformedCommandException e)
        {
            result = ApplyResult.Fail(ApplyFailure.Invalid, e.Message);
        }
        catch (Exception e) when (e is NullReferenceException or InvalidOperationException or ArgumentException)
        {
            // Absent members of a command written by hand; the same on every node.
            result = ApplyResult.Fail(ApplyFailure.Invalid, $"The command is incomplete: {e.GetType().Name}.");
        }

        if (!result.Success)
        {
            draft = new StateDraft(before, index);
        }

        var after = draft.Publish();
        after.RowDigest = _digest.RowsOf(draft.Restored ? StateView.Empty : before, after);
        Publish(before, after, draft.Topics, draft.Restored);
        return result with { Index = draft.Index, Changed = draft.Changed };
    }

    /// <summary>Replaces everything by the content of a snapshot and wakes every watch. On an exception nothing has changed.</summary>
    /// <exception cref="SnapshotDamagedException">Names the offset.</exception>
    public void Restore(Stream snapshot) => Publish(View, SnapshotReader.Read(snapshot), [], restored: true);

    /// <summary>Writes a view; may run on any thread while commands are applied.</summary>
    public static void WriteSnapshot(StateView view, Stream destination) => SnapshotWriter.Write(view, destination);

    /// <summary>What a transaction that only reads finds in a view; it needs no place in the log.</summary>
    public static ApplyResult Read(StateView view, Transaction transaction) =>
        transaction.Operations.All(o => o.IsRead)
            ? TransactionCommands.Apply(new StateDraft(view, view.Index - view.IndexOffset), transaction)
            : throw new ArgumentException("The transaction writes.", nameof(transaction));

    private void Publish(StateView before, StateView after, IReadOnlyCollection<Topic> topics, bool restored)
    {
        Volatile.Write(ref _view, after);
        if (!restored && topics.Count == 0)
        {
            return;
        }

        Changed?.Invoke(new StateChange(before, after, topics, restored));
        if (restored)
        {
            _watches.TouchAll();
        }
        else
        {
            _watches.Touch(topics);
        }
    }

    private static ApplyResult Apply(StateDraft draft, Command command) => command switch
    {
        Register c => CatalogCommands.Apply(draft, c),
        Deregister c => CatalogCommands.Apply(draft, c),
        UpdateChecks c => CatalogCommands.Apply(draft, c),
        KvSet c => KvCommands.Apply(draft, c),
        KvDelete c => KvCommands.Apply(draft, c),
        UpsertIntention c => IntentionCommands.Apply(draft, c),
        DeleteIntention c => IntentionCommands.Apply(draft, c),
        InitializeCa c => CaCommands.Apply(draft, c),
        SetRoots c => CaCommands.Apply(draft, c),
        RegisterServer c => ClusterCommands.Apply(draft, c),
        RemoveServer c => ClusterCommands.Apply(draft, c),
        SetAutopilot c => ClusterCommands.Apply(draft, c),
        StagePiece c => ClusterCommands.Apply(draft, c),
        RestoreStaged c => ClusterCommands.Apply(draft, c),
        PublishRoot c => CaCommands.Apply(draft, c),
        ActivateRoot c => CaCommands.Apply(draft, c),
        AbandonRoot c => CaCommands.Apply(draft, c),
        RemoveRoot c => CaCommands.Apply(draft, c),
        SetCaConfig c => CaCommands.Apply(draft, c),
        KvLock c => KvCommands.Apply(draft, c),
        KvUnlock c => KvCommands.Apply(draft, c),
        KvRollback c => KvCommands.Apply(draft, c),
        CreateSession c => SessionCommands.Apply(draft, c),
        DestroySession c => SessionCommands.Apply(draft, c),
        RenewSession c => SessionCommands.Apply(draft, c),
        Expire c => DeadlineCommands.Apply(draft, c),
        Transaction c => TransactionCommands.Apply(draft, c),
        SetConfigEntry c => ConfigCommands.Apply(draft, c),
        DeleteConfigEntry c => ConfigCommands.Apply(draft, c),
        SetPreparedQuery c => QueryCommands.Apply(draft, c),
        DeletePreparedQuery c => QueryCommands.Apply(draft, c),
        FireEvent c => NetworkCommands.Apply(draft, c),
        UpdateCoordinates c => NetworkCommands.Apply(draft, c),
        Batch c => Apply(draft, c),
        _ => throw new UnknownCommandException($"There is no rule for {command.GetType().Name}."),
    };

    private static ApplyResult Apply(StateDraft draft, Batch batch)
    {
        var last = new ApplyResult();
        var ports = new List<AllottedPort>();
        for (var i = 0; i < batch.Commands.Length; i++)
        {
            last = Apply(draft, batch.Commands[i]);
            if (!last.Success)
            {
                return last with { FailedCommand = i };
            }

            if (!last.CasHeld)
            {
                var lost = ApplyResult.Fail(ApplyFailure.Conflict, "The entry is no longer what the CAS index says.");
                return lost with { CasHeld = false, FailedCommand = i };
            }

            ports.AddRange(last.Ports);
        }

        return last with { Ports = [.. ports] };
    }
}
