using System.Buffers;
using Konsul.Mesh.Raft.Host.Peers;
using Konsul.Mesh.Raft.Host.Peers.Codec;
using Konsul.Mesh.Simulation.Engine;
using Konsul.Mesh.Simulation.Servers;

namespace Konsul.Mesh.Simulation.Traffic;

/// <summary>The ways between servers: messages as the bytes of the real codec, each with its own fate.</summary>
internal sealed class Network(World world)
{
    private readonly MessageCodec _codec = new(MessageLimits.Default);
    private readonly HashSet<(ulong From, ulong To)> _cut = [];
    private readonly Dictionary<(ulong From, ulong To), long> _lastArrival = [];
    private readonly Dictionary<(ulong From, ulong To), int> _connections = [];

    /// <summary>While false, nothing is lost or spoilt, whatever the plan says.</summary>
    public bool HasFaults { get; set; } = true;

    public bool IsCut(ulong from, ulong to) => _cut.Contains((from, to));

    public void Cut(ulong from, ulong to) => _cut.Add((from, to));

    public void Heal() => _cut.Clear();

    /// <summary>A time on the way.</summary>
    public long Delay() => world.Dice.Time(200, (world.Plan.MaxDelayMicroseconds * 10) + 200);

    public void Send(ServerRun from, Message message)
    {
        world.Checker.Sending(from, message);
        if (message.Type == MessageType.Snap)
        {
            new SnapshotTransfer(world, from, message).Begin();
            return;
        }

        var bytes = new ArrayBufferWriter<byte>();
        _codec.Encode(message, bytes);
        world.Trace.Note(Happening.MessageSent, from.Id, message.To, (ulong)message.Type, message);
        var copies = Roll(world.Plan.Duplicate) ? 2 : 1;
        if (copies == 2)
        {
            world.Trace.Note(Happening.MessageDuplicated, from.Id, message.To);
        }

        for (var i = 0; i < copies; i++)
        {
            SendOnce(from, message, bytes.WrittenSpan.ToArray());
        }
    }

    /// <summary>Whatever is on its way between two servers is lost, and they may notice.</summary>
    public void Break(ulong a, ulong b, bool isNoticed)
    {
        foreach (var (from, to) in ((ulong, ulong)[])[(a, b), (b, a)])
        {
            _connections[(from, to)] = ConnectionOf(from, to) + 1;
            if (isNoticed)
            {
                world.Scheduler.After(Delay(), () => Notice(from, to));
            }
        }
    }

    private void Notice(ulong at, ulong other)
    {
        if (world.RunOf(at) is { } run && run.Log.OnOwner(_ => { }))
        {
            world.Trace.Note(Happening.ConnectionLostReported, at, other);
            run.Log.OnConnectionLost(other);
            run.Turns.Wake();
        }
    }

    private void SendOnce(ServerRun from, Message message, byte[] bytes)
    {
        var link = (from.Id, message.To);
        if (IsCut(from.Id, message.To) || Roll(world.Plan.Drop))
        {
            Lose(from, message);
            return;
        }

        var at = world.Scheduler.Now + Delay();
        if (Roll(world.Plan.DelaySpike))
        {
            world.Trace.Note(Happening.MessageDelayed, from.Id, message.To);
            at += world.Dice.Time(0, 800 * Scheduler.Millisecond);
        }

        if (Roll(world.Plan.Corrupt))
        {
            world.Trace.Note(Happening.MessageCorrupted, from.Id, message.To);
            var bit = world.Dice.Next(bytes.Length * 8);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            world.Scheduler.At(at, () => ArriveSpoilt(link, bytes));
            return;
        }

        var last = _lastArrival.GetValueOrDefault(link);
        if (!world.Plan.Reorder || !HasFaults)
        {
            at = Math.Max(at, last + 1);
        }
        else if (at < last)
        {
            world.Trace.Note(Happening.MessageReordered, from.Id, message.To);
        }

        _lastArrival[link] = Math.Max(at, last);
        var connection = ConnectionOf(from.Id, message.To);
        world.Scheduler.At(at, () => Arrive(link, connection, message, bytes));
    }

    private void Lose(ServerRun from, Message message)
    {
        world.Trace.Note(Happening.MessageDropped, from.Id, message.To, (ulong)message.Type);
        if (world.Dice.Chance(0.3))
        {
            Report(from, message.To);
        }
    }

    private void Report(ServerRun from, ulong to) => world.Scheduler.After(Delay(), () =>
    {
        if (!from.IsDead)
        {
            world.Trace.Note(Happening.UnreachableReported, from.Id, to);
            from.Log.OnUnreachable(to);
            from.Turns.Wake();
        }
    });

    private void Arrive((ulong From, ulong To) link, int connection, Message sent, byte[] bytes)
    {
        if (world.RunOf(link.To) is not { } run || IsCut(link.From, link.To) || connection != ConnectionOf(link.From, link.To))
        {
            world.Trace.Note(Happening.MessageDropped, link.From, link.To, (ulong)sent.Type);
            if (world.RunOf(link.From) is { } sender && world.Dice.Chance(0.3))
            {
                Report(sender, link.To);
            }

            return;
        }

        var received = Decode(bytes, run);
        world.Trace.Note(Happening.MessageDelivered, link.To, link.From, (ulong)received.Type, received);
        world.Trace.Arrived(received.Type);
        run.Log.OnMessage(received);
        run.Turns.Wake();
    }

    private Message Decode(byte[] bytes, ServerRun run)
    {
        var sequence = new ReadOnlySequence<byte>(bytes);
        try
        {
            return _codec.TryDecode(ref sequence, run.Seen.Term, out var message) && sequence.IsEmpty
                ? message!
                : throw world.Fail("codec", "a message that was sent is not whole when it arrives");
        }
        catch (PeerProtocolException e)
        {
            throw world.Fail("codec", $"a message that was sent is refused: {e.Message}");
        }
    }

    /// <summary>A connection ends at the first byte that cannot have been sent; a length that lies makes it wait for more, until it breaks.</summary>
    private void ArriveSpoilt((ulong From, ulong To) link, byte[] bytes)
    {
        var sequence = new ReadOnlySequence<byte>(bytes);
        try
        {
            if (_codec.TryDecode(ref sequence, 0, out var message))
            {
                throw world.Fail("codec", $"damaged bytes were taken for a {message!.Type}");
            }
        }
        catch (PeerProtocolException)
        {
            Break(link.From, link.To, isNoticed: true);
        }
    }

    private int ConnectionOf(ulong from, ulong to) => _connections.GetValueOrDefault((from, to));

    private bool Roll(double chance) => HasFaults && chance > 0 && world.Dice.Chance(chance);
}
