namespace Konsul.Mesh.Cli.Api;

internal static class ApiPath
{
    /// <summary>A name as one path segment.</summary>
    public static string Segment(string name) => Uri.EscapeDataString(name);

    /// <summary>A KV key: its slashes stay, all else is escaped.</summary>
    public static string Key(string key) => string.Join('/', key.Split('/').Select(Uri.EscapeDataString));

    /// <summary><c>source=…&amp;destination=…</c></summary>
    public static string Pair(string source, string destination) =>
        $"source={Uri.EscapeDataString(source)}&destination={Uri.EscapeDataString(destination)}";
}
