namespace Konsul.Mesh.Etcd;

/// <summary>Why etcd cannot be the log.</summary>
public enum EtcdFailure
{
    /// <summary>No endpoint answers, or what answers is no etcd.</summary>
    Unreachable,

    /// <summary>User, password, certificate or permissions.</summary>
    Denied,

    /// <summary>The log there is another one than this server's, or the endpoints are of several etcd clusters.</summary>
    WrongCluster,

    /// <summary>The log there is not as it was written, or lacks what this server has applied.</summary>
    Damaged,
}
