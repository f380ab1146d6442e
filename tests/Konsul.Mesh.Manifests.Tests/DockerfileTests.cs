using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.Manifests.Tests;

/// <summary>What can be said of the images without building them.</summary>
public sealed partial class DockerfileTests
{
    public static TheoryData<string> Files => [.. Images.Select(row => row.Data.Item1)];

    public static TheoryData<string, string> Images => new() { { "Dockerfile.controlplane", "konsul-server" }, { "Dockerfile.proxy", "konsul-proxy" } };

    [Theory]
    [MemberData(nameof(Images))]
    public void Image_EndsAsANumberedUserThatIsNotRoot(string file, string program)
    {
        var dockerfile = Read(file);

        var user = Assert.Single(dockerfile.Final, i => i.Name == "USER").Arguments;

        Assert.All(user.Split(':'), id => Assert.True(int.Parse(id, CultureInfo.InvariantCulture) >= 1000, $"{program} runs as {user}"));
        Assert.Equal($"[\"/opt/konsul/{program}\"]", dockerfile.Final[^1].Arguments);
        Assert.Equal("ENTRYPOINT", dockerfile.Final[^1].Name);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Image_StagesStartFromVersionsNotFromLatest(string file)
    {
        var bases = Read(file).Stages.Select(s => s[0].Arguments.Split(' ').First(a => !a.StartsWith("--", StringComparison.Ordinal))).ToArray();

        Assert.Equal(2, bases.Length);
        Assert.All(bases, image => Assert.Matches(@"^mcr\.microsoft\.com/dotnet/[a-z-]+:10\.0-noble(-chiseled)?$", image));
        Assert.Contains("runtime-deps", bases[^1], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Images))]
    public void Image_PublishesTheProjectThatMakesTheProgram(string file, string program)
    {
        var build = Read(file).Stages[0];

        var project = PublishedProject().Match(string.Join('\n', build.Select(i => i.Arguments))).Groups[1].Value;
        var path = Path.Combine(Programs.Root, project, $"{Path.GetFileName(project)}.csproj");

        Assert.True(File.Exists(path), $"{file} publishes {project}, which is not there");
        Assert.Equal(program, XDocument.Load(path).Descendants("AssemblyName").Single().Value);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Image_CopiesEverythingThatTheProjectNeeds(string file)
    {
        var copied = Read(file).Stages[0].Where(i => i.Name == "COPY").SelectMany(i => i.Arguments.Split(' ')[..^1]).ToHashSet();
        var project = PublishedProject().Match(string.Join('\n', Read(file).Stages[0].Select(i => i.Arguments))).Groups[1].Value;

        Assert.All(copied, source => Assert.True(Path.Exists(Path.Combine(Programs.Root, source)), $"{file} copies {source}, which is not there"));
        Assert.All(Closure(Path.Combine(Programs.Root, project)), folder =>
            Assert.True(copied.Contains($"{Path.GetRelativePath(Programs.Root, folder).Split('/')[0]}/"), $"{folder} is needed, and {file} does not copy it"));
        Assert.All(
            Directory.GetFiles(Programs.Root, "Directory.*").Select(Path.GetFileName).Append("global.json").Append("BannedSymbols.txt"),
            needed => Assert.Contains(needed!, copied));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void BuildContext_LetsInWhatIsCopied_AndNoKeys(string file)
    {
        var ignore = File.ReadAllLines(Path.Combine(Programs.Root, ".dockerignore"));
        var copied = Read(file).Stages[0].Where(i => i.Name == "COPY").SelectMany(i => i.Arguments.Split(' ')[..^1]);

        Assert.Contains("*", ignore);
        Assert.All(copied, source => Assert.Contains($"!{source}", ignore));
        Assert.All(["**/*.pem", "**/*.key", "**/*.pfx"], secret => Assert.Contains(secret, ignore));
    }

    [Theory]
    [MemberData(nameof(Images))]
    public void Image_CarriesNoSecret_AndOffersThePortsOfItsProgram(string file, string program)
    {
        var all = Read(file).Stages.SelectMany(s => s).ToArray();

        Assert.DoesNotContain(all, i => i.Name is "ENV" or "ARG" && SecretName().IsMatch(i.Arguments));
        Assert.DoesNotContain(all, i => i.Name == "ADD");
        var ports = Assert.Single(all, i => i.Name == "EXPOSE").Arguments.Split(' ');
        Assert.Contains(program == "konsul-server" ? "8503/tcp" : "9090/tcp", ports);
    }

    private static Dockerfile Read(string file) => Dockerfile.Parse(File.ReadAllText(Path.Combine(Programs.Root, file)));

    private static HashSet<string> Closure(string project)
    {
        var found = new HashSet<string>();
        var open = new Stack<string>([Path.GetFullPath(project)]);
        while (open.TryPop(out var folder))
        {
            if (!found.Add(folder))
            {
                continue;
            }

            var file = Path.Combine(folder, $"{Path.GetFileName(folder)}.csproj");
            foreach (var reference in XDocument.Load(file).Descendants("ProjectReference").Select(r => r.Attribute("Include")!.Value.Replace('\\', '/')))
            {
                open.Push(Path.GetDirectoryName(Path.GetFullPath(Path.Combine(folder, reference)))!);
            }
        }

        return found;
    }

    [GeneratedRegex(@"dotnet publish (\S+)")]
    private static partial Regex PublishedProject();

    [GeneratedRegex("(TOKEN|PASSWORD|SECRET|KEK|PRIVATE)", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();
}
