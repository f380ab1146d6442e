using System.Security.Cryptography.X509Certificates;

namespace Konsul.Mesh.Etcd;

/// <summary>Where etcd is and how to be let in.</summary>
public sealed record EtcdConnectionOptions
{
    /// <summary>At least one, "http://host:port" or "https://host:port", all of the same etcd cluster. The next is tried when one fails.</summary>
    public required IReadOnlyList<Uri> Endpoints { get; init; }

    /// <summary>Null: without a user.</summary>
    public string? User { get; init; }

    public string? Password { get; init; }

    /// <summary>Who may have signed etcd's certificates; null: whom the system trusts. Only used with https.</summary>
    public X509Certificate2Collection? TrustedRoots { get; init; }

    /// <summary>Shown to etcd; with its key. Null: none.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>How long one call may take before the next endpoint is tried.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
