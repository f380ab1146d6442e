using Konsul.Mesh.Raft.Host.Consensus;
using Konsul.Mesh.Raft.Host.Format;
using Konsul.Mesh.Raft.Host.Peers.Transfer;
using Konsul.Mesh.Simulation.Engine;
using Konsul.Mesh.Simulation.Servers;

namespace Konsul.Mesh.Simulation.Traffic;

/// <summary>
/// A snapshot on its way, as the transport brings it: offered, then chunk by chunk into the real sink, begun again where the receiver stands when
/// the connection breaks, given up when nothing moves for too long; the message follows the last chunk.
/// </summary>
internal sealed class SnapshotTransfer(World world, ServerRun from, Message message)
{
    private const long Patience = 2 * Scheduler.Second;
    private SnapshotOffer _offer = null!;
    private ServerRun? _to;
    private long _offset;
    private long _heldMost = -1;
    private long _progressAt;

    public ulong Term => message.Term;

    public void Begin()
    {
        _progressAt = world.Scheduler.Now;
        try
        {
            _offer = from.Source.DescribeAsync(message.Snapshot!, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        }
        catch (IOException)
        {
            End(false);
            return;
        }

        world.Trace.Note(Happening.TransferBegun, from.Id, message.To, _offer.Snapshot.Index);
        After(Offer);
    }

    private void Offer()
    {
        if (from.IsDead)
        {
            return;
        }

        if (world.RunOf(message.To) is not { } to || !IsOpen())
        {
            TryAgain();
            return;
        }

        if (message.Term < to.Seen.Term || (to.Incoming is { } other && other != this && message.Term < other.Term))
        {
            End(false);
            return;
        }

        (_to, to.Incoming) = (to, this);
        if (!OnSink(() => _offset = to.Sink.BeginAsync(from.Id, _offer, CancellationToken.None).AsTask().GetAwaiter().GetResult()))
        {
            return;
        }

        if (_offset > 0)
        {
            world.Trace.Note(Happening.TransferResumed, to.Id, from.Id, (ulong)_offset);
        }

        Progress();
        After(NextChunk);
    }

    private void NextChunk()
    {
        if (from.IsDead || _to is not { IsDead: false } to || to.Incoming != this)
        {
            _to = null;
            if (!from.IsDead)
            {
                TryAgain();
            }

            return;
        }

        if (!IsOpen() || (world.Network.HasFaults && world.Dice.Chance(world.Plan.Drop + world.Plan.Corrupt)))
        {
            TryAgain();
            return;
        }

        if (_offset == _offer.Length)
        {
            Finish(to);
            return;
        }

        var chunk = new byte[Math.Min(world.Plan.ChunkBytes, _offer.Length - _offset)];
        try
        {
            using var stream = from.Source.OpenAsync(_offer, _offset, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            stream.ReadExactly(chunk);
        }
        catch (IOException)
        {
            // A newer snapshot took its place, or the disk cannot be read.
            End(false);
            return;
        }

        if (OnSink(() => to.Sink.WriteAsync(_offset, chunk, Checksum.Crc32C(chunk), CancellationToken.None).AsTask().GetAwaiter().GetResult()))
        {
            _offset += chunk.Length;
            world.Trace.Note(Happening.TransferChunk, to.Id, from.Id, (ulong)_offset);
            Progress();
            After(NextChunk);
        }
    }

    private void Finish(ServerRun to)
    {
        if (!OnSink(() => to.Sink.CompleteAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult()))
        {
            return;
        }

        to.Incoming = null;
        world.Trace.Note(Happening.TransferCompleted, to.Id, from.Id, _offer.Snapshot.Index);
        world.Trace.Arrived(MessageType.Snap);
        to.Log.OnMessage(message with { Snapshot = _offer.Snapshot });
        to.Turns.Wake();
        After(() => End(true));
    }

    /// <summary>Whatever the receiver's disk or log says against it ends the transfer.</summary>
    private bool OnSink(Action work)
    {
        try
        {
            work();
            return true;
        }
        catch (Exception e) when (e is not ViolationException)
        {
            _to!.Incoming = null;
            After(() => End(false));
            world.AfterTurn(_to, LogLoop.Append);
            return false;
        }
    }

    private bool IsOpen() => !world.Network.IsCut(from.Id, message.To) && !world.Network.IsCut(message.To, from.Id);

    private void Progress()
    {
        if (_offset > _heldMost)
        {
            (_heldMost, _progressAt) = (_offset, world.Scheduler.Now);
        }
    }

    private void TryAgain()
    {
        if (_to?.Incoming == this)
        {
            _to.Incoming = null;
        }

        if (world.Scheduler.Now - _progressAt > Patience)
        {
            End(false);
            return;
        }

        world.Scheduler.After(world.Dice.Time(Scheduler.Millisecond, 50 * Scheduler.Millisecond), Offer);
    }

    private void End(bool succeeded)
    {
        if (!from.IsDead)
        {
            world.Trace.Note(succeeded ? Happening.MessageDelivered : Happening.TransferFailed, from.Id, message.To);
            from.Log.OnSnapshotStatus(message.To, succeeded);
            from.Turns.Wake();
        }
    }

    private void After(Action work) => world.Scheduler.After(world.Network.Delay(), work);
}
