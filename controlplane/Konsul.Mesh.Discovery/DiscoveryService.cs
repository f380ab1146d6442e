using System.Collections.Concurrent;
using System.Collections.Immutable;
using Grpc.Core;
using Konsul.Mesh.Discovery.Streams;
using Konsul.Mesh.Discovery.Translation;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.State;
using Konsul.Mesh.State.Events;
using Konsul.Mesh.Wire.V1;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Discovery;

/// <summary>The server end of the discovery stream, fed by this server's own applied state. Dispose it before the listener stops.</summary>
public sealed class DiscoveryService : Wire.V1.Discovery.DiscoveryBase, IAsyncDisposable
{
    private readonly ConcurrentDictionary<ProxyStream, Task> _streams = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly StreamContext _context;

    public DiscoveryService(StateStore store, DiscoveryOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        _context = new StreamContext(store, options, new ResourceCache(), new DiscoveryMeter(), time, loggers.CreateLogger("Konsul.Mesh.Discovery"));
        store.Changed += OnChanged;
    }

    /// <summary>The open streams, oldest first.</summary>
    public ImmutableArray<ConnectedProxy> ConnectedProxies =>
    [
        .. _streams.Keys.Select(s => s.Describe()).OrderBy(p => p.ConnectedSince).ThenBy(p => p.Node, StringComparer.Ordinal)
            .ThenBy(p => p.ProxyId, StringComparer.Ordinal),
    ];

    /// <summary>How many proxies are connected, and how many of them have not accepted the trust bundle of this server's state.</summary>
    public (int Connected, int Behind) TrustBundleHolders()
    {
        var view = _context.Store.View;
        var streams = _streams.Keys.ToList();
        if (view.Ca is not { } ca)
        {
            return (streams.Count, streams.Count);
        }

        var version = _context.Cache.TrustBundle(view, TrustDomain.ForCluster(ca.ClusterId)).Version;
        return (streams.Count, streams.Count(s => s.HeldTrustBundle != version));
    }

    /// <summary>The same by node and proxy id only, in no order, for who asks often.</summary>
    public IEnumerable<(string Node, string ProxyId)> ConnectedNames => _streams.Keys.Select(s => s.Name);

    public override async Task StreamDeltas(
        IAsyncStreamReader<DeltaRequest> requestStream, IServerStreamWriter<DeltaResponse> responseStream, ServerCallContext context)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, _stopping.Token);
        if (!await requestStream.MoveNext(cancellation.Token))
        {
            return;
        }

        var first = requestStream.Current;
        var reason = first.Node is null ? "must be set in the first request" : Names.CheckId(first.Node.ProxyId);
        if (reason is not null)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"node.proxy_id {reason}."));
        }

        var stream = new ProxyStream(_context, first.Node!, responseStream);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _streams[stream] = ended.Task;
        _context.Meter.StreamOpened();
        try
        {
            await stream.RunAsync(first, requestStream, cancellation.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "The server is stopping."));
        }
        finally
        {
            _context.Meter.StreamClosed();
            _streams.TryRemove(stream, out _);
            ended.SetResult();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _context.Store.Changed -= OnChanged;
        await _stopping.CancelAsync();
        await Task.WhenAll(_streams.Values);
        _context.Meter.Dispose();
    }

    private void OnChanged(StateChange change)
    {
        if (change.Restored)
        {
            _context.Cache.Clear();
        }
    }
}
