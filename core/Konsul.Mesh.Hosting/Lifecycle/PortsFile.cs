using System.Text.Json;

namespace Konsul.Mesh.Hosting.Lifecycle;

/// <summary>Tells scripts and tests which ports were bound: <c>{"http":8500,…}</c>, complete or absent, never half.</summary>
public sealed class PortsFile(string? path)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, int> _ports = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, int> Ports
    {
        get
        {
            lock (_gate)
            {
                return new Dictionary<string, int>(_ports, StringComparer.Ordinal);
            }
        }
    }

    public void Add(string name, int port)
    {
        lock (_gate)
        {
            _ports[name] = port;
        }
    }

    /// <summary>Writes all ports known so far; does nothing when no path was given. May be called again when ports were added.</summary>
    /// <exception cref="StartupException">The file cannot be written (69).</exception>
    public void Write()
    {
        if (path is null)
        {
            return;
        }

        try
        {
            lock (_gate)
            {
                var temporary = $"{path}.{Environment.ProcessId}.tmp";
                using (var stream = File.Create(temporary))
                using (var json = new Utf8JsonWriter(stream))
                {
                    json.WriteStartObject();
                    foreach (var (name, port) in _ports)
                    {
                        json.WriteNumber(name, port);
                    }

                    json.WriteEndObject();
                }

                File.Move(temporary, path, overwrite: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(ExitCode.Unavailable, $"cannot write the ports file {path}: {e.Message}", e);
        }
    }
}
