using Konsul.Mesh.Bench.Certificates;

namespace Konsul.Mesh.Bench.Pairs;

/// <summary>What every pair is built from: its own folder, the certificates and the app.</summary>
internal sealed record PairSetup(string Folder, MeshCertificates Certificates, int AppPort, TimeProvider Time)
{
    public PairSetup For(string pair)
    {
        var folder = Path.Combine(Folder, pair);
        Directory.CreateDirectory(folder);
        return this with { Folder = folder };
    }
}
