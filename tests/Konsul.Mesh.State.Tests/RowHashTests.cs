namespace Konsul.Mesh.State.Tests;

public sealed class RowHashTests
{
    [Fact]
    public void Of_SameBytes_IsAlwaysTheSameNumber()
    {
        // Servers of one version compare these over the network: a change of the function needs another StateDigest.Version.
        Assert.Equal("793d1f14", $"{(uint)RowHash.Of("konsul"u8):x8}");
        Assert.Equal(RowHash.Of(new byte[1000]), RowHash.Of(new byte[1000]));
    }

    [Fact]
    public void Of_EverySingleBitAndEveryLength_Differs()
    {
        var seen = new HashSet<UInt128>();
        var bytes = new byte[100];
        new Random(7).NextBytes(bytes);
        for (var length = 0; length <= bytes.Length; length++)
        {
            Assert.True(seen.Add(RowHash.Of(bytes.AsSpan(0, length))));
        }

        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.True(seen.Add(RowHash.Of(bytes)));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        for (var zeros = 0; zeros < 100; zeros++)
        {
            Assert.True(seen.Add(RowHash.Of(new byte[zeros])) || zeros == 0);
        }
    }

    [Fact]
    public void Of_CountingNumbers_FlipsAboutHalfOfTheBits()
    {
        var flips = new int[128];
        const int Tries = 4000;
        for (var i = 0; i < Tries; i++)
        {
            var difference = RowHash.Of(BitConverter.GetBytes(i)) ^ RowHash.Of(BitConverter.GetBytes(i + 1));
            for (var bit = 0; bit < flips.Length; bit++)
            {
                flips[bit] += (int)(uint)(difference >> bit & 1);
            }
        }

        Assert.All(flips, f => Assert.InRange(f, Tries * 45 / 100, Tries * 55 / 100));
    }
}
