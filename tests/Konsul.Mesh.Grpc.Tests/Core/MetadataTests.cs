using Grpc.Core;

namespace Konsul.Mesh.Grpc.Tests.Core;

public sealed class MetadataTests
{
    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("ä")]
    [InlineData("a:b")]
    [InlineData("new\nline")]
    public void Entry_BadKey_Throws(string key) => Assert.ThrowsAny<ArgumentException>(() => new Metadata.Entry(key, "v"));

    [Theory]
    [InlineData("line\r\nbreak")]
    [InlineData("ümlaut")]
    [InlineData("\0")]
    public void Entry_BadValue_Throws(string value) => Assert.Throws<ArgumentException>(() => new Metadata.Entry("key", value));

    [Fact]
    public void Entry_KindAndKeyDisagree_Throws()
    {
        Assert.Throws<ArgumentException>(() => new Metadata.Entry("key-bin", "text"));
        Assert.Throws<ArgumentException>(() => new Metadata.Entry("key", new byte[] { 1 }));
    }

    [Fact]
    public void Entry_Bytes_AreCopiedInAndOut()
    {
        var bytes = new byte[] { 1, 2 };
        var entry = new Metadata.Entry("Key-BIN", bytes);

        bytes[0] = 9;
        entry.ValueBytes[1] = 9;

        Assert.Equal("key-bin", entry.Key);
        Assert.Equal([1, 2], entry.ValueBytes);
    }

    [Fact]
    public void Get_RepeatedKey_GivesTheLastAndAll()
    {
        var metadata = new Metadata { { "a", "1" }, { "b", "2" }, { "A", "3" } };

        Assert.Equal("3", metadata.GetValue("a"));
        Assert.Equal(["1", "3"], metadata.GetAll("A").Select(e => e.Value));
        Assert.Null(metadata.Get("c"));
    }

    [Fact]
    public void Empty_Changed_Throws() => Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Add("a", "1"));
}
