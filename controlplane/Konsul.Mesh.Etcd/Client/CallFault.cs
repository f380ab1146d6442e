namespace Konsul.Mesh.Etcd.Client;

/// <summary>What the end of a call means to the caller.</summary>
internal enum CallFault
{
    /// <summary>It may have been served or not; another try may go well.</summary>
    Unavailable,

    /// <summary>Not served, too many calls at once.</summary>
    Busy,

    /// <summary>Not served, etcd's quota is used up (alarm NOSPACE).</summary>
    NoSpace,

    /// <summary>Not served, over etcd's limit of a request.</summary>
    TooLarge,

    /// <summary>Not served: user, password, permissions.</summary>
    Denied,

    /// <summary>The revision asked for is not in the history any more.</summary>
    Compacted,

    /// <summary>There is no such lease any more.</summary>
    NoLease,

    /// <summary>Whoever answers speaks gRPC but is no etcd v3.</summary>
    NotEtcd,
}
