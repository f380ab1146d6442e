using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Telemetry.Families;

namespace Konsul.Mesh.Server.Certificates;

/// <summary>Shows the stage of a rotation and the life of this server's certificate on the metrics page, for as long as it lives.</summary>
internal sealed class CertificateObservation : IDisposable
{
    private readonly RotationState _rotation = new();
    private readonly IDisposable[] _observed;

    public CertificateObservation(ReplicatedState state, ServerCertificate certificate, CaMetrics metrics, TimeProvider time) => _observed =
    [
        metrics.ObserveLeafExpiry(() => certificate.RemainingLife),
        .. metrics.ObserveRotation(() => state.View.Ca is { } ca ? ((int)_rotation.Facts(ca, time.GetUtcNow()).Stage, ca.Roots.Length) : (0, 0)),
    ];

    public void Dispose() => Array.ForEach(_observed, o => o.Dispose());
}
