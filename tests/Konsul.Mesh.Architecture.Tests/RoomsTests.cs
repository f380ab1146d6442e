using System.Xml.Linq;

namespace Konsul.Mesh.Architecture.Tests;

/// <summary>ARCHITECTURE.md draws who may see whom; the project files must say the same.</summary>
public sealed class RoomsTests
{
    private const string Prefix = "Konsul.Mesh.";
    private static readonly string[] ProductFolders = ["core", "ca", "proxy", "controlplane", "cli"];

    private static readonly Dictionary<string, (string Folder, HashSet<string> Arrows)> Drawing = ReadDrawing();

    [Fact]
    public void ProjectReferences_EveryArrow_IsDrawn()
    {
        var undrawn = Projects()
            .SelectMany(p => p.References.Select(r => (p.Name, To: r)))
            .Where(arrow => !Drawing.TryGetValue(arrow.Name, out var room) || !room.Arrows.Contains(arrow.To))
            .Select(arrow => $"{arrow.Name} -> {arrow.To}");

        Assert.Empty(undrawn);
    }

    [Fact]
    public void Drawing_EveryRoom_ExistsInItsFolder()
    {
        Assert.Equal(
            Drawing.Select(r => $"{r.Value.Folder}/{r.Key}").Order(),
            Projects().Select(p => $"{p.Folder}/{p.Name}").Order());
    }

    [Fact]
    public void Drawing_Arrows_MakeNoCycle()
    {
        var cycles = Drawing.Keys.Where(room => Reachable(room).Contains(room));

        Assert.Empty(cycles);
    }

    [Fact]
    public void Rooms_Each_HasAReadme()
    {
        var without = Drawing.Where(r => !File.Exists(Path.Combine(Repository.Root, r.Value.Folder, r.Key, "README.md"))).Select(r => r.Key);

        Assert.Empty(without);
    }

    [Fact]
    public void PureRooms_UseNoWebFramework()
    {
        string[] pure = ["Konsul.Mesh.Model", "Konsul.Mesh.State", "Konsul.Mesh.Ca"];

        var offenders = Projects().Where(p => pure.Contains(p.Name) && p.Text.Contains("FrameworkReference", StringComparison.Ordinal)).Select(p => p.Name);

        Assert.Empty(offenders);
    }

    private static HashSet<string> Reachable(string from)
    {
        var seen = new HashSet<string>();
        var open = new Stack<string>(Drawing[from].Arrows);
        while (open.TryPop(out var room))
        {
            if (seen.Add(room))
            {
                foreach (var next in Drawing[room].Arrows)
                {
                    open.Push(next);
                }
            }
        }

        return seen;
    }

    private static IEnumerable<(string Name, string Folder, string[] References, string Text)> Projects() =>
        Repository.Files("*.csproj", ProductFolders).Select(file =>
        {
            var xml = XDocument.Load(file);
            var references = xml.Descendants("ProjectReference")
                .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')))
                .ToArray();
            return (Path.GetFileNameWithoutExtension(file), Repository.Relative(file).Split(Path.DirectorySeparatorChar)[0], references, xml.ToString());
        });

    private static Dictionary<string, (string Folder, HashSet<string> Arrows)> ReadDrawing()
    {
        var rows = File.ReadLines(Path.Combine(Repository.Root, "ARCHITECTURE.md"))
            .Where(line => line.StartsWith("| " + Prefix, StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries));
        return rows.ToDictionary(
            row => row[1],
            row => (row[2], row[4] == "nothing" ? [] : row[4].Split(',', StringSplitOptions.TrimEntries).Select(name => Prefix + name).ToHashSet()));
    }
}
