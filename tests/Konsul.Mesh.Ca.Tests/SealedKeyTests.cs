using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Ca.Tests;

public sealed class SealedKeyTests
{
    private static readonly byte[] Kek = RandomNumberGenerator.GetBytes(32);
    private static readonly byte[] Secret = RandomNumberGenerator.GetBytes(138);

    [Fact]
    public void Open_SameKeyAndContext_ReturnsTheSecret() => Assert.Equal(Secret, SealedKey.Open(SealedKey.Seal(Secret, Kek, "ca"u8), Kek, "ca"u8));

    [Fact]
    public void Seal_Twice_DiffersEverywhereButTheVersion()
    {
        var (one, two) = (SealedKey.Seal(Secret, Kek, []), SealedKey.Seal(Secret, Kek, []));

        Assert.Equal((1, 1), (one[0], two[0]));
        Assert.NotEqual(one[1..13], two[1..13]);
        Assert.NotEqual(one[29..], two[29..]);
    }

    [Fact]
    public void Open_AnyByteChanged_Throws()
    {
        var envelope = SealedKey.Seal(Secret, Kek, []);

        Assert.All(Enumerable.Range(0, envelope.Length), at =>
        {
            var changed = (byte[])envelope.Clone();
            changed[at] ^= 1;
            Assert.Throws<CryptographicException>(() => SealedKey.Open(changed, Kek, []));
        });
    }

    [Fact]
    public void Open_Truncated_Throws()
    {
        var envelope = SealedKey.Seal(Secret, Kek, []);

        Assert.All(Enumerable.Range(0, envelope.Length), length => Assert.Throws<CryptographicException>(() => SealedKey.Open(envelope.AsSpan(0, length), Kek, [])));
    }

    [Fact]
    public void Open_OtherContext_Throws() =>
        Assert.Throws<CryptographicException>(() => SealedKey.Open(SealedKey.Seal(Secret, Kek, "a"u8), Kek, "b"u8));

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(31)]
    [InlineData(33)]
    public void Seal_KeyOfAnotherSize_SaysSo(int size) =>
        Assert.Contains($"{size} bytes", Assert.Throws<CryptographicException>(() => SealedKey.Seal(Secret, new byte[size], [])).Message, StringComparison.Ordinal);

    [Fact]
    public void Root_Serialised_HoldsNoByteOfTheKeyInTheClear()
    {
        using var certs = new CertFactory();
        using var key = certs.Root.GetECDsaPrivateKey()!;
        var scalar = key.ExportParameters(includePrivateParameters: true).D!;
        var root = certs.Authority.Root;

        byte[] serialised = [.. root.Certificate.Span, .. root.Key.Span, .. JsonSerializer.SerializeToUtf8Bytes(root)];

        Assert.Equal(-1, serialised.AsSpan().IndexOf(scalar.AsSpan(0, 8)));
        Assert.Equal(-1, serialised.AsSpan().IndexOf(scalar.AsSpan(24, 8)));
        Assert.DoesNotContain(Convert.ToBase64String(scalar)[..10], System.Text.Encoding.Latin1.GetString(serialised), StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexString(scalar)[..12], System.Text.Encoding.Latin1.GetString(serialised), StringComparison.OrdinalIgnoreCase);
        Assert.True(serialised.AsSpan().IndexOf(key.ExportParameters(false).Q.X) >= 0, "the search must be able to find what is there");
    }
}
