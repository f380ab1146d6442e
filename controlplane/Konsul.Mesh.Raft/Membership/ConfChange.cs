using System.Collections.Immutable;

namespace Konsul.Mesh.Raft.Membership;

/// <summary>A change of the configuration as it is proposed and applied. Without steps it leaves a joint configuration.</summary>
public sealed record ConfChange
{
    /// <summary>Leaves a joint configuration.</summary>
    public static ConfChange LeaveJoint { get; } = new();

    public ConfChangeTransition Transition { get; init; }

    public ImmutableArray<ConfChangeStep> Steps { get; init; } = [];

    /// <summary>For the host, such as the member's address; consensus does not look at it.</summary>
    public ReadOnlyMemory<byte> Context { get; init; }

    public bool LeavesJoint => Transition == ConfChangeTransition.Auto && Steps.IsEmpty;

    /// <summary>More than one step, or asked for.</summary>
    public bool EntersJoint => Transition != ConfChangeTransition.Auto || Steps.Length > 1;

    /// <summary>Whether the joint configuration is left without another proposal.</summary>
    public bool AutoLeave => Transition != ConfChangeTransition.JointExplicit;

    public static ConfChange Of(ConfChangeType type, ulong nodeId) => new() { Steps = [new(type, nodeId)] };

    /// <summary>What a committed entry of type ConfChange or ConfChangeV2 holds.</summary>
    /// <returns>False for bytes that no node of this version wrote.</returns>
    public static bool TryDecode(EntryType type, ReadOnlyMemory<byte> data, out ConfChange change) => ConfChangeCodec.TryDecode(type, data, out change);
}
