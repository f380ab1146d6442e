namespace Grpc.Core;

/// <summary>Messages from the peer. One reader at a time.</summary>
public interface IAsyncStreamReader<out T>
{
    /// <summary>The message that the last <see cref="MoveNext"/> found.</summary>
    T Current { get; }

    /// <summary>
    /// Reads on; false once the peer has ended its side well. A client that reads gets an <see cref="RpcException"/> for any other end; a
    /// server that reads gets an <see cref="OperationCanceledException"/> when the call was cancelled.
    /// </summary>
    Task<bool> MoveNext(CancellationToken cancellationToken);
}
