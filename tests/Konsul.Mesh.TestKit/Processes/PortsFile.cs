using System.Text.Json;

namespace Konsul.Mesh.TestKit.Processes;

/// <summary>The file in which a program says where it listens.</summary>
public static class PortsFile
{
    /// <summary>Waits until <paramref name="process"/> has written all of <paramref name="keys"/> to <paramref name="path"/>.</summary>
    public static async Task<IReadOnlyDictionary<string, int>> ReadAsync(string path, ProgramProcess process, params string[] keys)
    {
        IReadOnlyDictionary<string, int> ports = new Dictionary<string, int>();
        await Eventually.HoldsAsync(
            $"{process.Name} writes its ports",
            async () =>
            {
                process.ThrowIfEnded();
                if (!File.Exists(path))
                {
                    return process.StateText();
                }

                ports = JsonSerializer.Deserialize<Dictionary<string, int>>(await File.ReadAllTextAsync(path).ConfigureAwait(false)) ?? [];
                return keys.All(ports.ContainsKey) ? null : $"{path} holds {string.Join(", ", ports.Keys)}";
            }).ConfigureAwait(false);
        return ports;
    }
}
