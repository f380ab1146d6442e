namespace Konsul.Mesh.Architecture.Tests;

/// <summary>Rules on source files that no analyzer knows. A file over the cap needs a line with a reason in eng/size-exceptions.txt.</summary>
public sealed class SourceRulesTests
{
    private static readonly string[] ProductFolders = ["core", "ca", "proxy", "controlplane", "cli"];
    private static readonly string[] AllFolders = [.. ProductFolders, "tests", "samples", "bench"];

    [Fact]
    public void SourceFiles_StayUnderTheSizeCap()
    {
        var exceptions = File.ReadLines(Path.Combine(Repository.Root, "eng", "size-exceptions.txt")).Select(line => line.Split(' ')[0]).ToHashSet();

        var tooLong = Repository.Files("*.cs", ProductFolders)
            .Select(file => (Name: Repository.Relative(file).Replace('\\', '/'), Lines: File.ReadLines(file).Count()))
            .Where(file => file.Lines > 400 && !exceptions.Contains(file.Name))
            .Select(file => $"{file.Name}: {file.Lines} lines");

        Assert.Empty(tooLong);
    }

    [Fact]
    public void SourceFiles_HoldNoUnfinishedBusiness()
    {
        string[] marks = ["TO" + "DO", "FIX" + "ME", "Not" + "ImplementedException", "#pragma warning dis" + "able"];

        var offenders = Repository.Files("*.cs", AllFolders)
            .SelectMany(file => File.ReadLines(file).Select((text, line) => (file, line, text)))
            .Where(l => marks.Any(mark => l.text.Contains(mark, StringComparison.Ordinal)))
            .Select(l => $"{Repository.Relative(l.file)}:{l.line + 1}");

        Assert.Empty(offenders);
    }

    [Fact]
    public void SourceFiles_HoldOnePublicTypeEach()
    {
        var offenders = Repository.Files("*.cs", ProductFolders)
            .Select(file => (file, Types: File.ReadLines(file).Count(IsPublicTopLevelType)))
            .Where(f => f.Types > 1)
            .Select(f => $"{Repository.Relative(f.file)}: {f.Types}");

        Assert.Empty(offenders);
    }

    private static bool IsPublicTopLevelType(string line) =>
        line.StartsWith("public ", StringComparison.Ordinal)
        && line.Split(' ').Any(word => word is "class" or "record" or "struct" or "interface" or "enum" or "delegate");
}
