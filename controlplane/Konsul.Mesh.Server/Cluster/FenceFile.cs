namespace Konsul.Mesh.Server.Cluster;

/// <summary>Says in the data directory that what it holds must not be served any more, and why; it goes with the directory.</summary>
internal static class FenceFile
{
    private const int LongestReason = 4096;

    public static string In(string dataDirectory) => Path.Combine(dataDirectory, "fenced");

    /// <returns>Null when the data may be used.</returns>
    public static string? Read(string dataDirectory)
    {
        try
        {
            using var reader = File.OpenText(In(dataDirectory));
            var text = new char[LongestReason];
            return new string(text, 0, reader.ReadBlock(text)).Trim();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public static void Write(string dataDirectory, string reason)
    {
        using var file = new FileStream(In(dataDirectory), FileMode.Create);
        file.Write(System.Text.Encoding.UTF8.GetBytes(reason + "\n"));
        file.Flush(flushToDisk: true);
    }
}
