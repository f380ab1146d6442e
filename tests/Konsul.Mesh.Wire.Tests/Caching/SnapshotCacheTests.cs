using Konsul.Mesh.Wire.Caching;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Wire.Tests.Caching;

public sealed class SnapshotCacheTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("konsul-cache");
    private readonly SnapshotCache _cache;

    public SnapshotCacheTests() => _cache = new SnapshotCache(_directory.FullName, Samples.Node);

    private string File => Path.Combine(_directory.FullName, "resources.bin");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Read_NoFile_HasNeitherResourcesNorError() => Assert.Equal(default, _cache.Read());

    [Fact]
    public void Read_AfterWrite_GivesTheSame()
    {
        Assert.Null(_cache.Write([Samples.Everything()[5]]));
        Assert.Null(_cache.Write(Samples.Everything()));

        var read = _cache.Read();

        Assert.Null(read.Error);
        Assert.Equal(
            Samples.Everything().SelectMany(r => r.Resources).Select(r => r.Version),
            read.Resources!.SelectMany(r => r.Resources).Select(r => r.Version));
    }

    [Fact]
    public void Read_AnyBitFlippedOrAnyLengthCut_IsReported()
    {
        _cache.Write(Samples.Everything());
        var good = System.IO.File.ReadAllBytes(File);
        for (var i = 0; i < good.Length; i += 7)
        {
            var bad = (byte[])good.Clone();
            bad[i] ^= 0x10;
            System.IO.File.WriteAllBytes(File, bad);
            Assert.NotNull(_cache.Read().Error);

            System.IO.File.WriteAllBytes(File, good[..i]);
            Assert.NotNull(_cache.Read().Error);
        }
    }

    [Fact]
    public void Read_OfAnotherProxy_IsReported()
    {
        new SnapshotCache(_directory.FullName, new ProxyNode { ProxyId = "other" }).Write(Samples.Everything());

        Assert.Contains("another proxy, \"other\"", _cache.Read().Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_WhereNoDirectoryCanBe_SaysSo()
    {
        System.IO.File.WriteAllText(File, "");

        var error = new SnapshotCache(Path.Combine(File, "below"), Samples.Node).Write(Samples.Everything());

        Assert.Contains("cannot be written", error, StringComparison.Ordinal);
    }
}
