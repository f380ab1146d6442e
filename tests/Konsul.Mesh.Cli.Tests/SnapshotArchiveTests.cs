using Konsul.Mesh.Cli.Snapshots;

namespace Konsul.Mesh.Cli.Tests;

/// <summary>Which bytes pass for a snapshot.</summary>
public sealed class SnapshotArchiveTests
{
    private static readonly SnapshotMeta Meta = new("3-42", 42, 3, "0.1.0", 5);

    [Fact]
    public async Task Verify_Whole_TellsItsMeta()
    {
        var blocks = 0;

        Assert.Equal(Meta, await SnapshotArchive.VerifyAsync(new MemoryStream(TestSnapshot.Whole), () => blocks++, TestContext.Current.CancellationToken));
        Assert.Equal(1, blocks);
    }

    [Fact]
    public async Task Verify_CutAnywhere_IsRefused()
    {
        var whole = TestSnapshot.Whole;
        for (var length = 0; length < whole.Length; length++)
        {
            await RefusedAsync(whole[..length]);
        }
    }

    [Fact]
    public async Task Verify_AnyByteOfTheTarChanged_IsRefusedOrUnchanged()
    {
        var tar = TestSnapshot.Tar(TestSnapshot.Parts(TestSnapshot.Meta, TestSnapshot.State));
        var refused = 0;
        for (var i = 0; i < tar.Length; i++)
        {
            var changed = (byte[])tar.Clone();
            changed[i] ^= 0x15;
            try
            {
                Assert.Equal(Meta, await VerifyAsync(TestSnapshot.Zip(changed)));
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        Assert.True(refused > 1000, $"only {refused} of {tar.Length} were refused");
    }

    [Theory]
    [InlineData("meta.json")]
    [InlineData("state.bin")]
    [InlineData("SHA256SUMS")]
    public async Task Verify_PartMissingOrTwice_IsRefused(string name)
    {
        var parts = TestSnapshot.Parts(TestSnapshot.Meta, TestSnapshot.State);

        Assert.StartsWith("it lacks one of", await RefusedAsync(TestSnapshot.Zip(TestSnapshot.Tar([.. parts.Where(p => p.Name != name)]))), StringComparison.Ordinal);
        Assert.StartsWith("it holds other things", await RefusedAsync(TestSnapshot.Zip(TestSnapshot.Tar([.. parts, parts.First(p => p.Name == name)]))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_StrangePart_IsRefusedAndNotQuoted()
    {
        var parts = TestSnapshot.Parts(TestSnapshot.Meta, TestSnapshot.State);

        var sentence = await RefusedAsync(TestSnapshot.Zip(TestSnapshot.Tar([.. parts, ("../\u001b[2Jevil", [1])])));

        Assert.DoesNotContain("evil", sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("""{"ID":null,"Index":42,"Term":3,"Version":"0.1.0","Size":5}""")]
    [InlineData("""{"ID":"\ud800","Index":42,"Term":3,"Version":"0.1.0","Size":5}""")]
    [InlineData("""{"ID":"a","Index":-1,"Term":3,"Version":"0.1.0","Size":5}""")]
    [InlineData("""{"ID":"a","Index":1,"Term":3.5,"Version":"0.1.0","Size":5}""")]
    [InlineData("""{"ID":"a","ID":"b","Index":1,"Term":3,"Version":"0.1.0","Size":5}""")]
    [InlineData("""{"ID":"a","Index":1,"Term":3,"Version":"0.1.0","Size":6}""")]
    public async Task Verify_SumsFitButMetaIsWrong_IsRefused(string meta) =>
        await RefusedAsync(TestSnapshot.Zip(TestSnapshot.Tar(TestSnapshot.Parts(meta, TestSnapshot.State))));

    [Fact]
    public async Task Verify_HugeSmallPart_IsRefused() =>
        Assert.Equal(
            "a part of the archive is too large",
            await RefusedAsync(TestSnapshot.Zip(TestSnapshot.Tar(TestSnapshot.Parts(new string(' ', 10_000_000), TestSnapshot.State)))));

    [Fact]
    public async Task Verify_SomethingBehindTheEnd_IsRefused() =>
        Assert.Equal(
            "there is something behind its end",
            await RefusedAsync(TestSnapshot.Zip([.. TestSnapshot.Tar(TestSnapshot.Parts(TestSnapshot.Meta, TestSnapshot.State)), 1])));

    [Fact]
    public async Task Verify_StateOfManyBlocks_ReportsProgress()
    {
        var state = new byte[1_000_000];
        var blocks = 0;

        await SnapshotArchive.VerifyAsync(
            new MemoryStream(TestSnapshot.Zip(TestSnapshot.Tar(TestSnapshot.Parts(TestSnapshot.Meta.Replace(":5}", ":1000000}", StringComparison.Ordinal), state)))),
            () => blocks++,
            TestContext.Current.CancellationToken);

        Assert.True(blocks >= 8, $"{blocks} blocks");
    }

    private static Task<SnapshotMeta> VerifyAsync(byte[] archive) =>
        SnapshotArchive.VerifyAsync(new MemoryStream(archive), () => { }, TestContext.Current.CancellationToken);

    private static async Task<string> RefusedAsync(byte[] archive) =>
        (await Assert.ThrowsAsync<InvalidDataException>(() => VerifyAsync(archive))).Message;
}
