using System.Collections.Immutable;

namespace Konsul.Mesh.Raft.Membership;

/// <summary>
/// The bytes of a change in the log. ConfChange: type, id, context. ConfChangeV2: transition, number of steps, then type and id of each,
/// context; nothing at all for leaving a joint configuration. Ids and counts are LEB128, context is the rest.
/// </summary>
internal static class ConfChangeCodec
{
    /// <summary>A bound for what a peer may send; no real change comes near.</summary>
    private const int MaxSteps = 256;

    public static (EntryType Type, byte[] Data) Encode(ConfChange change, bool single)
    {
        if (single)
        {
            return (EntryType.ConfChange, EncodeSteps([], change));
        }

        return change.LeavesJoint && change.Context.IsEmpty
            ? (EntryType.ConfChangeV2, [])
            : (EntryType.ConfChangeV2, EncodeSteps([(byte)change.Transition, .. Leb128((ulong)change.Steps.Length)], change));
    }

    public static bool TryDecode(EntryType type, ReadOnlyMemory<byte> data, out ConfChange change)
    {
        change = ConfChange.LeaveJoint;
        var rest = data;
        switch (type)
        {
            case EntryType.ConfChange:
                if (!TryReadStep(ref rest, out var only))
                {
                    return false;
                }

                change = new ConfChange { Steps = [only], Context = rest };
                return true;
            case EntryType.ConfChangeV2:
                return data.IsEmpty || TryDecodeSteps(rest, out change);
            default:
                return false;
        }
    }

    private static bool TryDecodeSteps(ReadOnlyMemory<byte> rest, out ConfChange change)
    {
        change = ConfChange.LeaveJoint;
        var transition = (ConfChangeTransition)rest.Span[0];
        rest = rest[1..];
        if (!Enum.IsDefined(transition) || !TryReadNumber(ref rest, out var count) || count > MaxSteps)
        {
            return false;
        }

        var steps = ImmutableArray.CreateBuilder<ConfChangeStep>((int)count);
        for (var i = 0UL; i < count; i++)
        {
            if (!TryReadStep(ref rest, out var step))
            {
                return false;
            }

            steps.Add(step);
        }

        change = new ConfChange { Transition = transition, Steps = steps.MoveToImmutable(), Context = rest };
        return true;
    }

    private static byte[] EncodeSteps(List<byte> into, ConfChange change)
    {
        foreach (var step in change.Steps)
        {
            into.Add((byte)step.Type);
            into.AddRange(Leb128(step.NodeId));
        }

        into.AddRange(change.Context.Span);
        return [.. into];
    }

    private static bool TryReadStep(ref ReadOnlyMemory<byte> rest, out ConfChangeStep step)
    {
        step = default;
        if (rest.IsEmpty || !Enum.IsDefined((ConfChangeType)rest.Span[0]))
        {
            return false;
        }

        var type = (ConfChangeType)rest.Span[0];
        rest = rest[1..];
        if (!TryReadNumber(ref rest, out var id))
        {
            return false;
        }

        step = new ConfChangeStep(type, id);
        return true;
    }

    private static byte[] Leb128(ulong value)
    {
        var bytes = new List<byte>(10);
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        return [.. bytes, (byte)value];
    }

    private static bool TryReadNumber(ref ReadOnlyMemory<byte> rest, out ulong value)
    {
        value = 0;
        var span = rest.Span;
        for (var i = 0; i < span.Length && i < 10; i++)
        {
            // The tenth byte has room for one bit only.
            if (i == 9 && span[i] > 1)
            {
                return false;
            }

            value |= (ulong)(span[i] & 0x7F) << (7 * i);
            if (span[i] < 0x80)
            {
                rest = rest[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
