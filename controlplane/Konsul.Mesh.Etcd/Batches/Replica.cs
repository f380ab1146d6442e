using System.Buffers.Binary;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Raft.Host.Audit;

namespace Konsul.Mesh.Etcd.Batches;

/// <summary>
/// The state machine and its place in the log. Takes batches in order only, each continuing the one before; a snapshot of it starts with the
/// place: {magic:u32, version:u32, applied:u64, last batch:u64, chain:u64}, little endian.
/// </summary>
/// <param name="machine">The state.</param>
/// <param name="checkpoints">Told of every entry.</param>
internal sealed class Replica(IReplicatedStateMachine machine, CheckpointLog checkpoints)
{
    private const uint Magic = 0x5345444B;
    private const uint Version = 1;
    private const int PlaceSize = 32;

    /// <summary>The index of the last command applied; 0 at the start of the log.</summary>
    public ulong Applied { get; private set; }

    /// <summary>The first index of the last batch applied, which names its key.</summary>
    public ulong LastBatch { get; private set; }

    public ulong Chain { get; private set; }

    public ulong Next => Applied + 1;

    /// <returns>What the state machine returned, by command.</returns>
    /// <exception cref="EtcdException">The batch does not continue what was applied.</exception>
    /// <exception cref="LogStoppedException">The state machine cannot apply a command.</exception>
    public object?[] Apply(Batch batch)
    {
        if (batch.First != Next)
        {
            throw new InvalidOperationException($"The batch starts at {batch.First}, expected {Next}.");
        }

        if (!BatchCodec.Continues(Chain, batch.Value.Span))
        {
            throw new EtcdException(
                EtcdFailure.Damaged,
                $"Entry {batch.First} in etcd does not continue what this server has applied: it is damaged, or etcd was restored from a backup.");
        }

        var results = new object?[batch.Commands.Count];
        for (var i = 0; i < results.Length; i++)
        {
            var index = batch.First + (ulong)i;
            try
            {
                results[i] = machine.Apply(index, batch.Commands[i]);
                checkpoints.Applied(index);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                throw new LogStoppedException($"Entry {index} cannot be applied: {e.Message}", e);
            }
        }

        (Applied, LastBatch, Chain) = (batch.Last, batch.First, batch.Chain);
        return results;
    }

    public ICapturedSnapshot Capture()
    {
        var place = new byte[PlaceSize];
        BinaryPrimitives.WriteUInt32LittleEndian(place, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(place.AsSpan(4), Version);
        BinaryPrimitives.WriteUInt64LittleEndian(place.AsSpan(8), Applied);
        BinaryPrimitives.WriteUInt64LittleEndian(place.AsSpan(16), LastBatch);
        BinaryPrimitives.WriteUInt64LittleEndian(place.AsSpan(24), Chain);
        return new Captured(place, machine.Capture());
    }

    /// <summary>Replaces state and place.</summary>
    /// <exception cref="InvalidDataException">It is no such snapshot; nothing has changed.</exception>
    public void Restore(Stream snapshot)
    {
        Span<byte> place = stackalloc byte[PlaceSize];
        if (snapshot.ReadAtLeast(place, PlaceSize, throwOnEndOfStream: false) < PlaceSize
            || BinaryPrimitives.ReadUInt32LittleEndian(place) != Magic || BinaryPrimitives.ReadUInt32LittleEndian(place[4..]) != Version)
        {
            throw new InvalidDataException("it does not start like a snapshot of this version");
        }

        try
        {
            machine.Restore(snapshot);
            checkpoints.Clear();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new InvalidDataException($"the state machine refuses it: {e.Message}", e);
        }

        Applied = BinaryPrimitives.ReadUInt64LittleEndian(place[8..]);
        LastBatch = BinaryPrimitives.ReadUInt64LittleEndian(place[16..]);
        Chain = BinaryPrimitives.ReadUInt64LittleEndian(place[24..]);
    }

    private sealed class Captured(byte[] place, ICapturedSnapshot state) : ICapturedSnapshot
    {
        public void WriteTo(Stream destination)
        {
            destination.Write(place);
            state.WriteTo(destination);
        }

        public void Dispose() => state.Dispose();
    }
}
