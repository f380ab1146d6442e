using Konsul.Mesh.Model.Identity;

namespace Konsul.Mesh.TestKit;

/// <summary>An identity source that a test sets by hand.</summary>
public sealed class StaticIdentitySource(WorkloadIdentity? current = null) : IIdentitySource
{
    private volatile WorkloadIdentity? _current = current;

    public event Action<WorkloadIdentity>? Changed;

    public WorkloadIdentity? Current => _current;

    public void Set(WorkloadIdentity identity)
    {
        _current = identity;
        Changed?.Invoke(identity);
    }
}
