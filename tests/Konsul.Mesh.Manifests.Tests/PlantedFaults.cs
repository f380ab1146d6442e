using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Manifests.Tests;

/// <summary>A copy of the manifests for each fault. All are checked by one process, since loading Kubernetes' schema is what takes time.</summary>
public sealed class PlantedFaults : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Lazy<Task<string[]>> _problems;

    public PlantedFaults() => _problems = new(CheckAsync);

    /// <summary>What the check says to the copy with this fault; to the sound copy for -1.</summary>
    public async Task<string> ProblemsAsync(int fault)
    {
        var prefix = $"{Copy(fault)}: ";
        return string.Join('\n', (await _problems.Value).Where(line => line.StartsWith(prefix, StringComparison.Ordinal)).Select(line => line[prefix.Length..]));
    }

    public void Dispose() => _folder.Dispose();

    private string Copy(int fault) => _folder.File($"copy{fault}");

    private async Task<string[]> CheckAsync()
    {
        for (var i = -1; i < Fault.All.Count; i++)
        {
            CopyManifests(Copy(i));
            if (i >= 0)
            {
                Plant(Fault.All[i], Copy(i));
            }
        }

        var copies = Enumerable.Range(-1, Fault.All.Count + 1).Select(Copy);
        return (await ManifestChecker.CheckAsync(["--renderer", "own", "--separately", .. copies])).Split('\n');
    }

    private static void Plant(Fault fault, string copy)
    {
        var path = Path.Combine(copy, fault.File);
        var text = File.ReadAllText(path);
        Assert.Contains(fault.Sound, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(fault.Sound, fault.Faulty, StringComparison.Ordinal));
    }

    private static void CopyManifests(string target)
    {
        foreach (var folder in new[] { "base", "samples" })
        {
            Directory.CreateDirectory(Path.Combine(target, folder));
            foreach (var file in Directory.GetFiles(Path.Combine(ManifestChecker.Manifests, folder)))
            {
                File.Copy(file, Path.Combine(target, folder, Path.GetFileName(file)));
            }
        }
    }
}
