using Grpc.Core;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Server.Certificates;

/// <summary>The discovery stream behind the same proof of identity as signing. Only wired in while ACLs are on.</summary>
internal sealed class GuardedDiscovery(Wire.V1.Discovery.DiscoveryBase inner, CallerIdentity callers) : Wire.V1.Discovery.DiscoveryBase
{
    public override async Task StreamDeltas(
        IAsyncStreamReader<DeltaRequest> requestStream, IServerStreamWriter<DeltaResponse> responseStream, ServerCallContext context)
    {
        if (!await requestStream.MoveNext(context.CancellationToken).ConfigureAwait(false))
            return;
        var first = requestStream.Current;
        callers.Authorize(context, first.Node?.ProxyId ?? "", first.Node?.Node ?? "");
        await inner.StreamDeltas(new Replayed(first, requestStream), responseStream, context).ConfigureAwait(false);
    }

    /// <summary>Gives the request that was read here once more, then the rest.</summary>
    private sealed class Replayed(DeltaRequest first, IAsyncStreamReader<DeltaRequest> rest) : IAsyncStreamReader<DeltaRequest>
    {
        private int _reads;

        public DeltaRequest Current => _reads <= 1 ? first : rest.Current;

        public Task<bool> MoveNext(CancellationToken cancellationToken) =>
            Interlocked.Increment(ref _reads) == 1 ? Task.FromResult(true) : rest.MoveNext(cancellationToken);
    }
}
