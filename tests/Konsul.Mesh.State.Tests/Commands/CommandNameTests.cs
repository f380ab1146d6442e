using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.State.Tests.Commands;

public sealed class CommandNameTests
{
    [Fact]
    public void NameOf_Command_IsItsKindInOneWord()
    {
        Assert.Equal("kv_set", CommandCodec.NameOf(CommandCodec.Encode(new KvSet { Key = "a" })));
        Assert.Equal("remove_server", CommandCodec.NameOf(CommandCodec.Encode(new RemoveServer { Id = "a" })));
        Assert.Equal("batch", CommandCodec.NameOf(CommandCodec.Encode(new Batch { Commands = [] })));
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { (byte)'K', 6 })]
    [InlineData(new byte[] { (byte)'X', 6, 1 })]
    [InlineData(new byte[] { (byte)'K', 0, 1 })]
    [InlineData(new byte[] { (byte)'K', 255, 1 })]
    public void NameOf_AnythingElse_IsUnknown(byte[] bytes) => Assert.Equal("unknown", CommandCodec.NameOf(bytes));
}
