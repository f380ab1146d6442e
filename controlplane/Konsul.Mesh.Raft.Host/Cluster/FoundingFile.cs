using System.Text.Json;

namespace Konsul.Mesh.Raft.Host.Cluster;

/// <summary>Which cluster this is and who founded it: what a server that joins later must start from, while the log still begins there.</summary>
internal static class FoundingFile
{
    public static FormationView? Load(string path)
    {
        try
        {
            return File.Exists(path) ? FormationView.Decode(File.ReadAllBytes(path)) : null;
        }
        catch (JsonException e)
        {
            throw new LogDamagedException(path, 0, $"it does not tell who founded the cluster: {e.Message}", e);
        }
    }

    public static void Save(string path, FormationView founding)
    {
        var temporary = path + ".new";
        using (var file = new FileStream(temporary, FileMode.Create))
        {
            file.Write(founding.Encode());
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
