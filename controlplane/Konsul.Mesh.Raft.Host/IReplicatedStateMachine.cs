namespace Konsul.Mesh.Raft.Host;

/// <summary>What the log feeds. Called from the log's loop only, one call at a time.</summary>
public interface IReplicatedStateMachine
{
    /// <summary>Applies the entry at <paramref name="index"/>. The memory is valid during the call only. An exception stops the log.</summary>
    object? Apply(ulong index, ReadOnlyMemory<byte> command);

    /// <summary>A value that is equal for equal states, of the state as it is; cheap. Null, the default: states are not compared.</summary>
    UInt128? Digest() => null;

    /// <summary>How <see cref="Digest"/> is made; digests of different forms say nothing about each other. At most 256 characters.</summary>
    string DigestForm => "";

    /// <summary>Pins the state as it is now; cheap. It is written later, on another thread, while commands go on.</summary>
    ICapturedSnapshot Capture();

    /// <summary>Replaces the state. An exception means that the snapshot is unusable and that the state is as before.</summary>
    void Restore(Stream snapshot);
}
