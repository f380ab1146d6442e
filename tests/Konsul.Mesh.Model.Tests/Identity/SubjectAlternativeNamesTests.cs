using FsCheck;
using FsCheck.Fluent;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Model.Tests.Identity;

public sealed class SubjectAlternativeNamesTests
{
    [Fact]
    public void TryReadUris_MixedNames_ReturnsTheUrisInOrder()
    {
        var der = CertFactory.Names((2, "web.local"), (6, "spiffe://a/b"), (1, "x@y"), (6, "https://c"));

        Assert.True(SubjectAlternativeNames.TryReadUris(der, out var uris));
        Assert.Equal(["spiffe://a/b", "https://c"], uris);
    }

    [Fact]
    public void TryReadUris_NulInAUri_IsRefused() =>
        Assert.False(SubjectAlternativeNames.TryReadUris(CertFactory.Names((6, "spiffe://a/b\0.evil")), out _));

    [Fact]
    public void TryReadUris_TrailingData_IsRefused()
    {
        byte[] der = [.. CertFactory.Names((6, "spiffe://a/b")), 0];

        Assert.False(SubjectAlternativeNames.TryReadUris(der, out _));
    }

    [Fact]
    public void TryReadUris_NonAsciiUri_IsRefused()
    {
        var der = CertFactory.Names((6, "spiffe://a/bX"));
        der[^1] = 0xE9;

        Assert.False(SubjectAlternativeNames.TryReadUris(der, out _));
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0x30, 0x80, 0x00, 0x00 })]
    [InlineData(new byte[] { 0x30, 0x03, 0x86, 0x05, 0x41 })]
    [InlineData(new byte[] { 0x30, 0x03, 0x16, 0x01, 0x41 })]
    [InlineData(new byte[] { 0x30, 0x03, 0x89, 0x01, 0x41 })]
    [InlineData(new byte[] { 0x30, 0x81, 0x03, 0x86, 0x01, 0x41 })]
    public void TryReadUris_MalformedDer_IsRefused(byte[] der) => Assert.False(SubjectAlternativeNames.TryReadUris(der, out _));

    [Fact]
    public void TryReadUris_AnyBytes_NeverThrows() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            byte[] wrapped = [0x30, (byte)(bytes.Length & 0x7F), .. bytes];
            SubjectAlternativeNames.TryReadUris(bytes, out _);
            SubjectAlternativeNames.TryReadUris(wrapped, out _);
        }).QuickCheckThrowOnFailure();
}
