namespace Konsul.Mesh.Dns.Tests;

/// <summary>Queries damaged at random: bytes changed, cut, doubled, lengths that lie; every reply must be a message that answers it.</summary>
internal static class PacketFuzz
{
    private static readonly string[] Names =
    [
        "api.service.konsul", "v1.api.service.dc1.consul", "_api._tcp.service.konsul", "n1.node.konsul", "0a000001.addr.konsul", "1.0.0.10.in-addr.arpa",
        "konsul", "api.connect.konsul", "x.query.konsul", "www.example.com", "3.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
    ];

    private static readonly int[] Types = [1, 2, 5, 6, 12, 15, 16, 28, 33, 41, 252, 255, 65280];

    /// <returns>How many were answered.</returns>
    public static int Run(DnsFixture dns, int packets, int seed)
    {
        var random = new Random(seed);
        var answered = 0;
        for (var i = 0; i < packets; i++)
        {
            var packet = Damage(random, Message.Query(
                Names[random.Next(Names.Length)], Types[random.Next(Types.Length)], random.Next(2) == 0 ? null : random.Next(65536), (ushort)random.Next(65536)));
            try
            {
                var reply = dns.Handle(packet, udp: random.Next(4) != 0);
                if (reply.Length == 0)
                    continue;
                var message = Message.Read(reply);
                Assert.True(message.IsResponse && packet[0] == reply[0] && packet[1] == reply[1]);
                answered++;
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Packet {i} of seed {seed}: {Convert.ToHexString(packet)}", e);
            }
        }

        return answered;
    }

    private static byte[] Damage(Random random, byte[] packet)
    {
        for (var damages = random.Next(4); damages > 0 && packet.Length > 0; damages--)
        {
            switch (random.Next(6))
            {
                case 0:
                    packet[random.Next(packet.Length)] = (byte)random.Next(256);
                    break;
                case 1:
                    packet = packet[..random.Next(packet.Length)];
                    break;
                case 2:
                    packet = [.. packet, .. packet[random.Next(packet.Length)..]];
                    break;
                case 3:
                    packet[random.Next(packet.Length)] = (byte)(0xC0 | random.Next(64));
                    break;
                case 4:
                    var at = random.Next(packet.Length);
                    packet = [.. packet[..at], (byte)random.Next(256), .. packet[at..]];
                    break;
                default:
                    random.NextBytes(packet.AsSpan(random.Next(packet.Length)));
                    break;
            }
        }

        return packet;
    }
}
