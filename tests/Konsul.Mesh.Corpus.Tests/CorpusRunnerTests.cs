using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Corpus.Tests;

public sealed class CorpusRunnerTests : IDisposable
{
    private const string ReadsNil = "INFO  jepsen.util - 0\t:invoke\t:read\tnil\nINFO  jepsen.util - 0\t:ok\t:read\tnil\n";
    private const string ReadsFour = "INFO  jepsen.util - 0\t:invoke\t:read\tnil\nINFO  jepsen.util - 0\t:ok\t:read\t4\n";

    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _report = new();

    public void Dispose()
    {
        _report.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Run_EveryKindOfFile_GetsALineAndIsCounted()
    {
        Write("deep/er/a.linearizable.log", ReadsNil);
        Write("b.not-linearizable.log", ReadsFour);
        Write("c.log", ReadsFour);
        Write("script.txt", "dance 1\n----\nok\n");
        Write("broken.linearizable.log", ReadsNil + "INFO  jepsen.util - 0\t:invoke\t:dance\tnil\n");
        Write("README.md", "about");
        Write("binary.bin", "----\n\0\n");
        Write("empty.log", "");

        Assert.True(Run());

        Assert.Equal(
            [
                "not a case README.md",
                "pass b.not-linearizable.log",
                "not a case binary.bin",
                "unsupported broken.linearizable.log",
                "found c.log",
                "pass deep/er/a.linearizable.log",
                "not a case empty.log",
                "unsupported script.txt",
            ],
            FileLines());
        Assert.Contains("not supported: line 3: operation :dance nil", _report.ToString(), StringComparison.Ordinal);
        Assert.Contains("8 files: 2 pass, 0 fail, 2 unsupported, 1 found without an expectation, 3 not a case\n", _report.ToString(), StringComparison.Ordinal);
        Assert.Contains("checks: 2 passed, 0 failed, 2 unsupported\n", _report.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.not-linearizable.log", ReadsNil)]
    [InlineData("a.linearizable.log", ReadsFour)]
    public void Run_AnotherVerdictThanTheName_Fails(string name, string text)
    {
        Write(name, text);
        Write("z.linearizable.log", ReadsNil);

        Assert.False(Run());

        Assert.Equal([$"fail {name}", "pass z.linearizable.log"], FileLines());
    }

    [Fact]
    public void Run_NoCaseAtAll_Fails()
    {
        Write("README.md", "nothing here");

        Assert.False(Run());
    }

    [Fact]
    public void Run_CaseThrows_FailsAloneAndTheOthersRun()
    {
        Write("a.txt", "throws");
        Write("b.linearizable.log", ReadsNil);

        Assert.False(Run([new ThrowingReader(), .. CorpusReaders.All]));

        Assert.Equal(["fail a.txt", "pass b.linearizable.log"], FileLines());
        Assert.Contains("InvalidOperationException: a fault in the code under test", _report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_LinkThatLeadsAround_IsNotFollowed()
    {
        Write("sub/a.linearizable.log", ReadsNil);
        Directory.CreateSymbolicLink(_folder.File("sub/loop"), _folder.Path);

        Assert.True(Run());

        Assert.Equal(["pass sub/a.linearizable.log"], FileLines());
    }

    [Fact]
    public void Run_Stopped_Throws()
    {
        Write("a.linearizable.log", ReadsNil);

        Assert.Throws<OperationCanceledException>(
            () => new CorpusRunner(CorpusReaders.All, new ManualTimeProvider(), _report).Run([_folder.Path], new CancellationToken(canceled: true)));
    }

    private bool Run(IReadOnlyList<ICorpusReader>? readers = null)
    {
        _report.NewLine = "\n";
        return new CorpusRunner(readers ?? CorpusReaders.All, new ManualTimeProvider(), _report).Run([_folder.Path], TestContext.Current.CancellationToken);
    }

    /// <summary>The outcome and the path of every file's line.</summary>
    private IEnumerable<string> FileLines() => _report.ToString().Split('\n')
        .TakeWhile(line => line.Length > 0)
        .Where(line => !line.StartsWith(' '))
        .Select(line => $"{line[..11].TrimEnd()} {line[24..].Split("  ")[0]}");

    private void Write(string name, string text)
    {
        var path = _folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private sealed class ThrowingReader : ICorpusReader, ICorpusCase
    {
        public string Kind => "faulty";

        public ICorpusCase? TryRead(CorpusFile file) => file.Lines is ["throws"] ? this : null;

        public CaseResult Run(CancellationToken cancellation) => throw new InvalidOperationException("a fault in the code under test");
    }
}
