using System.Text.Json;
using Konsul.Mesh.Bench.Processes;

namespace Konsul.Mesh.Bench.Pairs;

/// <summary>
/// The ports which a Konsul program chose, as it wrote them to its <c>--ports-file</c>: a JSON object from a listener's name to its port
/// or to <c>host:port</c>. It grows as listeners open, so a reader waits for the ones it needs.
/// </summary>
internal sealed class PortsFile(string path)
{
    public Task WaitAsync(ChildProcess process, IEnumerable<string> listeners, TimeSpan deadline, TimeProvider time, CancellationToken cancel) =>
        Poll.UntilAsync($"{process.Name}: ports file", _ =>
        {
            process.ThrowIfExited();
            var ports = TryRead();
            return Task.FromResult(ports is not null && listeners.All(ports.ContainsKey) ? null
                : ports is null ? "absent or not yet whole" : $"only {string.Join(", ", ports.Keys)}");
        }, deadline, time, cancel, TimeSpan.FromMilliseconds(2));

    public int this[string listener] => TryRead() is { } ports && ports.TryGetValue(listener, out var port) ? port
        : throw new BenchException($"{path} has no port for '{listener}': {(File.Exists(path) ? File.ReadAllText(path) : "absent")}");

    private Dictionary<string, int>? TryRead()
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.EnumerateObject()
                .Select(p => (p.Name, Port: Port(p.Value)))
                .Where(p => p.Port is not null)
                .ToDictionary(p => p.Name, p => p.Port!.Value, StringComparer.OrdinalIgnoreCase);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null;
        }
    }

    private static int? Port(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetInt32(),
        JsonValueKind.String => int.TryParse(value.GetString()!.Split(':')[^1], out var port) ? port : null,
        _ => null,
    };
}
