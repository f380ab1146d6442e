using Grpc.Core;

namespace Grpc.AspNetCore.Server;

internal sealed class ServerStreamReader<T>(ServerCall call, Marshaller<T> marshaller) : IAsyncStreamReader<T>
    where T : class
{
    private T? _current;

    public T Current => _current ?? throw new InvalidOperationException("No message has been read.");

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        (var found, _current) = await call.ReadAsync(marshaller, cancellationToken);
        return found;
    }
}
