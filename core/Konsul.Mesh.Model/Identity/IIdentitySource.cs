namespace Konsul.Mesh.Model.Identity;

/// <summary>
/// The seam through which the data plane gets certificates. <see cref="Current"/> is read on every handshake and never blocks;
/// <see cref="Changed"/> fires after a renewal or a change of the trust bundle, on any thread, and must return at once.
/// </summary>
public interface IIdentitySource
{
    /// <summary>The identity in use; null until the first certificate arrived.</summary>
    WorkloadIdentity? Current { get; }

    event Action<WorkloadIdentity>? Changed;
}
