namespace Konsul.Mesh.Etcd;

/// <summary>etcd cannot be the log. The message says what to look at.</summary>
public sealed class EtcdException : Exception
{
    public EtcdException(EtcdFailure failure, string message, Exception? inner = null)
        : base(message, inner) => Failure = failure;

    public EtcdFailure Failure { get; }
}
