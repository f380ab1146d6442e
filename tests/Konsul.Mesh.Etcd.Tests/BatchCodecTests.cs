using System.Text;
using Konsul.Mesh.Etcd.Batches;

namespace Konsul.Mesh.Etcd.Tests;

public sealed class BatchCodecTests
{
    private static readonly Guid Writer = Guid.Parse("11111111-2222-3333-4444-555555555555");

    [Fact]
    public void Decode_WhatWasEncoded_IsTheSame()
    {
        var batch = BatchCodec.Decode(Some(), "k");

        Assert.Equal((Writer, 7ul, 100ul, 102ul), (batch.Writer, batch.Sequence, batch.First, batch.Last));
        Assert.Equal(["one", "", "three"], batch.Commands.Select(c => Encoding.UTF8.GetString(c.Span)));
        Assert.True(BatchCodec.Continues(42, batch.Value.Span));
        Assert.False(BatchCodec.Continues(43, batch.Value.Span));
    }

    [Fact]
    public void Decode_NoCommands_TakesOneIndex()
    {
        var batch = BatchCodec.Decode(BatchCodec.Encode(Writer, 0, 1, [], 0), "k");

        Assert.Equal((1ul, 1ul), (batch.First, batch.Last));
    }

    [Fact]
    public void Decode_EveryBitFlipped_IsRefusedOrDoesNotContinue()
    {
        for (var bit = 0; bit < Some().Length * 8; bit++)
        {
            var value = Some();
            value[bit / 8] ^= (byte)(1 << (bit % 8));

            var error = Record.Exception(() => BatchCodec.Decode(value, "k"));

            Assert.True(error is EtcdException { Failure: EtcdFailure.Damaged } || (error is null && !BatchCodec.Continues(42, value)), $"bit {bit}: {error}");
        }
    }

    [Fact]
    public void Decode_CutAnywhere_IsRefused()
    {
        for (var length = 0; length < Some().Length; length++)
        {
            var cut = Some()[..length];

            Assert.Throws<EtcdException>(() => BatchCodec.Decode(cut, "k"));
        }
    }

    private static byte[] Some() => BatchCodec.Encode(Writer, 7, 100, ["one"u8.ToArray(), ReadOnlyMemory<byte>.Empty, "three"u8.ToArray()], 42);
}
