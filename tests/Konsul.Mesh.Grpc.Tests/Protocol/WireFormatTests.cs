using System.Buffers;
using Grpc.Core;
using Grpc.Protocol;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Grpc.Tests.Protocol;

public sealed class WireFormatTests
{
    [Theory]
    [InlineData("1H", 36_000_000_000)]
    [InlineData("2M", 1_200_000_000)]
    [InlineData("3S", 30_000_000)]
    [InlineData("4m", 40_000)]
    [InlineData("5u", 50)]
    [InlineData("101n", 2)]
    [InlineData("99999999H", 99_999_999 * 36_000_000_000)]
    public void TryParse_EveryUnit_GivesTicks(string text, long ticks)
    {
        Assert.True(GrpcTimeout.TryParse(text, out var timeout));
        Assert.Equal(ticks, timeout.Ticks);
    }

    [Theory]
    [InlineData(1, "1u")]
    [InlineData(10_000, "1000u")]
    [InlineData(999_999_990, "99999999u")]
    [InlineData(999_999_991, "100000m")]
    [InlineData(long.MaxValue, "99999999H")] // the most that eight digits can say
    public void Format_AnyTime_FitsEightDigits(long ticks, string text) => Assert.Equal(text, Timeout(ticks));

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("100 %", "100 %25")]
    [InlineData("ä\n", "%C3%A4%0A")]
    [InlineData("😀", "%F0%9F%98%80")]
    public void StatusMessage_RoundTrips(string detail, string wire)
    {
        Assert.Equal(wire, StatusMessage.Encode(detail));
        Assert.Equal(detail, StatusMessage.Decode(wire));
    }

    [Theory]
    [InlineData("%")]
    [InlineData("%4")]
    [InlineData("%zz")]
    public void StatusMessage_BadEscape_StaysAsItCame(string wire) => Assert.Equal(wire, StatusMessage.Decode(wire));

    [Theory]
    [InlineData("AQI", new byte[] { 1, 2 })]
    [InlineData("AQI=", new byte[] { 1, 2 })]
    [InlineData("", new byte[0])]
    public void AddFromWire_Base64_IsReadWithAndWithoutPadding(string wire, byte[] expected)
    {
        var metadata = new Metadata();

        MetadataCodec.AddFromWire(metadata, "X-Key-Bin", wire);

        Assert.Equal(expected, Assert.Single(metadata).ValueBytes);
        Assert.Equal(wire.TrimEnd('='), MetadataCodec.ToWire(metadata[0]));
    }

    [Fact]
    public void MessageWriter_EveryWayToSerialize_GivesTheSameFrame()
    {
        byte[] payload = [1, 2, 3];
        Action<string, SerializationContext>[] ways =
        [
            (_, c) => c.Complete(payload),
            (_, c) =>
            {
                c.GetBufferWriter().Write(payload);
                c.Complete();
            },
            (_, c) =>
            {
                c.SetPayloadLength(3);
                c.GetBufferWriter().Write(payload);
                c.Complete();
            },
        ];

        foreach (var way in ways)
        {
            var output = new ArrayBufferWriter<byte>();
            new MessageWriter(output, 3).Write(Marshallers.Create(way, _ => ""), "");
            Assert.Equal([0, 0, 0, 0, 3, 1, 2, 3], output.WrittenSpan.ToArray());
        }
    }

    [Fact]
    public void MessageWriter_SerializerLiesAboutItsLength_IsBroken()
    {
        var writer = new MessageWriter(new ArrayBufferWriter<byte>(), null);
        var lying = Marshallers.Create<string>(
            (_, c) =>
            {
                c.SetPayloadLength(3);
                c.GetBufferWriter().Write(new byte[] { 1 });
                c.Complete();
            },
            _ => "");

        var failure = Assert.Throws<RpcException>(() => writer.Write(lying, ""));

        Assert.Equal(StatusCode.Internal, failure.StatusCode);
        Assert.True(writer.IsBroken);
    }

    [Fact]
    public void MessageWriter_SerializerNeverCompletes_IsAFailureThatLeavesNothingBehind()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new MessageWriter(output, null);

        var endless = Marshallers.Create<string>((_, c) => c.GetBufferWriter().Write(new byte[9]), _ => "");

        Assert.Throws<RpcException>(() => writer.Write(endless, ""));

        Assert.False(writer.IsBroken);
        Assert.Equal(0, output.WrittenCount);
    }

    [Fact]
    public void DeadlineTimer_LongerThanATimerCanWait_FiresOnceAtItsTime()
    {
        var time = new ManualTimeProvider();
        var fired = 0;
        using var timer = new DeadlineTimer(time, TimeSpan.FromDays(100), () => fired++);

        time.Advance(TimeSpan.FromDays(99.9));
        var before = fired;
        time.Advance(TimeSpan.FromDays(30));

        Assert.Equal((0, 1), (before, fired));
    }

    private static string Timeout(long ticks) => GrpcTimeout.Format(TimeSpan.FromTicks(ticks));
}
