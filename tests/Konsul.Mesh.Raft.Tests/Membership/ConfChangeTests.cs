using FsCheck;
using FsCheck.Fluent;
using Konsul.Mesh.Raft.Membership;
using Konsul.Mesh.Raft.Replication;

namespace Konsul.Mesh.Raft.Tests.Membership;

public sealed class ConfChangeTests
{
    [Fact]
    public void TryDecode_WhatWasEncoded_GivesTheSame()
    {
        Prop.ForAll<ulong[], byte, byte[]>((ids, kind, context) =>
        {
            var change = new ConfChange
            {
                Transition = (ConfChangeTransition)(kind % 3),
                Steps = [.. ids.Take(50).Select(id => new ConfChangeStep((ConfChangeType)((id + kind) % 4), id))],
                Context = context,
            };
            var (type, data) = ConfChangeCodec.Encode(change, single: false);
            return ConfChange.TryDecode(type, data, out var decoded)
                && decoded.Transition == change.Transition
                && decoded.Steps.SequenceEqual(change.Steps)
                && decoded.Context.Span.SequenceEqual(change.Context.Span);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void TryDecode_AnyBytes_NeverThrows()
    {
        Prop.ForAll<byte[]>(data =>
        {
            ConfChange.TryDecode(EntryType.ConfChange, data, out _);
            ConfChange.TryDecode(EntryType.ConfChangeV2, data, out _);
            return !ConfChange.TryDecode(EntryType.Normal, data, out _);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Encode_LeavingAJointConfiguration_TakesNoBytes()
    {
        Assert.Empty(ConfChangeCodec.Encode(ConfChange.LeaveJoint, single: false).Data);
    }

    /// <summary>Whatever changes are applied one after the other, the configuration keeps its invariants and can be restored from what is stored.</summary>
    [Fact]
    public void TryApply_AnySequence_KeepsTheInvariantsAndCanBeRestored()
    {
        Prop.ForAll<(byte Kind, byte[] Ids)[]>(changes =>
        {
            var tracker = new ProgressTracker(10, 0);
            foreach (var (kind, ids) in changes)
            {
                var change = new ConfChange
                {
                    Transition = (ConfChangeTransition)(kind % 3),
                    Steps = [.. ids.Take(4).Select(id => new ConfChangeStep((ConfChangeType)(id % 4), (ulong)(id / 4 % 6)))],
                };
                if (!new ConfChanger(tracker, 7).TryApply(change, out var after, out _))
                {
                    continue;
                }

                tracker.Replace(after.Members, after.Progress);
                var restored = ConfRestorer.Restore(new ProgressTracker(10, 0), after.Members, 7);
                if (!restored.Members.Equals(after.Members) || !ConfInvariants.IsPossible(after.Members))
                {
                    return false;
                }
            }

            return true;
        }).QuickCheckThrowOnFailure();
    }
}
