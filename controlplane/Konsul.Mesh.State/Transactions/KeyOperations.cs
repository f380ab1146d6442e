using Konsul.Mesh.Model;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Deadlines;
using Konsul.Mesh.State.Kv;

namespace Konsul.Mesh.State.Transactions;

/// <summary>The operations about keys. The sentences are Consul's: clients look into them.</summary>
internal sealed class KeyOperations(StateDraft draft, TxnOutcome outcome)
{
    private readonly KvWriter _writer = new(draft);

    public void Do(TxnOperation operation)
    {
        var (key, name) = (operation.Key, NamespacedKey.Split(operation.Key).Name);
        var tree = operation.Verb is TxnVerb.GetTree or TxnVerb.DeleteTree;
        if (tree ? !NamespacedKey.IsWhole(key) : KvCommands.Wrong(key) is not null)
        {
            outcome.Fail(KvCommands.Wrong(key)!);
            return;
        }

        var row = _writer.Find(key);
        switch (operation.Verb)
        {
            case TxnVerb.Get when row is null:
                outcome.Fail($"key \"{name}\" doesn't exist");
                break;
            case TxnVerb.Get or TxnVerb.GetOrEmpty:
                outcome.Add(new TxnResult(row is null ? new() { Key = name, Namespace = NamespacedKey.Split(key).Namespace } : KvView.ToEntry(key, row)));
                break;
            case TxnVerb.GetTree:
                foreach (var (under, found) in KvView.Under(draft.Kv.Entries, key).Take(Transaction.MaxResults + 1))
                {
                    outcome.Add(new TxnResult(KvView.ToEntry(under, found)));
                }

                break;
            case TxnVerb.CheckNotExists:
                Require(row is null, $"key \"{name}\" exists");
                break;
            case TxnVerb.CheckIndex or TxnVerb.CheckSession:
                Check(operation, key, name, row);
                break;
            case TxnVerb.Delete or TxnVerb.DeleteTree:
                KvCommands.Apply(draft, new KvDelete { Key = key, Recurse = tree });
                break;
            case TxnVerb.DeleteCas when row is not null && row.ModifyIndex != operation.Index:
                outcome.Fail($"failed to delete key \"{name}\", index is stale");
                break;
            case TxnVerb.DeleteCas:
                _writer.Remove(key);
                break;
            case TxnVerb.Attach:
                Attach(operation, key, row);
                break;
            default:
                Write(operation, key, name);
                break;
        }
    }

    private void Check(TxnOperation operation, string key, string name, KvRow? row)
    {
        var index = operation.Verb == TxnVerb.CheckIndex;
        if (row is null)
        {
            outcome.Fail(index ? $"failed to check index, key \"{name}\" doesn't exist" : $"failed to check session, key \"{name}\" doesn't exist");
        }
        else if (index && row.ModifyIndex != operation.Index)
        {
            outcome.Fail($"failed index check for key \"{name}\", current modify index {row.ModifyIndex} != {operation.Index}");
        }
        else if (!index && row.Session != operation.Session)
        {
            outcome.Fail($"failed session check for key \"{name}\", current session \"{row.Session}\" != \"{operation.Session}\"");
        }
        else
        {
            Written(key, row);
        }
    }

    private void Attach(TxnOperation operation, string key, KvRow? row)
    {
        if (operation.Session.Length > 0 && !draft.Sessions.Sessions.ContainsKey(NamespacedKey.Of(NamespacedKey.Split(key).Namespace, operation.Session)))
        {
            outcome.Fail($"invalid session \"{operation.Session}\"");
            return;
        }

        Written(key, _writer.Put(key, operation.Value, operation.Flags, KvHold.Of(row?.Hold?.LockIndex ?? 0, operation.Session, TimeSpan.Zero)));
    }

    private void Write(TxnOperation o, string key, string name)
    {
        var result = o.Verb switch
        {
            TxnVerb.Set => KvCommands.Apply(draft, new KvSet { Key = key, Value = o.Value, Flags = o.Flags }),
            TxnVerb.Cas => KvCommands.Apply(draft, new KvSet { Key = key, Value = o.Value, Flags = o.Flags, Cas = o.Index }),
            TxnVerb.Lock => KvCommands.Apply(draft, new KvLock { Key = key, Value = o.Value, Flags = o.Flags, Session = o.Session }),
            TxnVerb.Unlock => KvCommands.Apply(draft, new KvUnlock { Key = key, Value = o.Value, Flags = o.Flags, Session = o.Session }),
            _ => ApplyResult.Fail(ApplyFailure.Invalid, "unknown KV verb"),
        };
        if (!result.Success)
        {
            outcome.Fail(result.Reason);
        }
        else if (!result.CasHeld)
        {
            outcome.Fail(o.Verb switch
            {
                TxnVerb.Cas => $"failed to set key \"{name}\", index is stale",
                TxnVerb.Unlock => $"failed to unlock key \"{name}\", lock isn't held, or is held by another session",
                _ when draft.Deadlines.Find(DeadlineKind.LockDelay, key) is { } delay => $"failed to lock key \"{name}\" due to lock delay of {delay.After.TotalSeconds:0.###}s",
                _ => $"failed to lock key \"{name}\", lock is already held",
            });
        }
        else
        {
            Written(key, _writer.Find(key)!);
        }
    }

    private void Written(string key, KvRow row) => outcome.Add(new TxnResult(KvView.ToEntry(key, row) with { Value = default }));

    private void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            outcome.Fail(otherwise);
        }
    }
}
