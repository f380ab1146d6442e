using System.Threading.Channels;
using Grpc.Core;
using Konsul.Mesh.Discovery.Translation;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.State;
using Konsul.Mesh.State.Events;
using Konsul.Mesh.Wire.Mapping;
using Konsul.Mesh.Wire.V1;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Discovery.Streams;

/// <summary>
/// The loop of one stream. It alone touches the session and writes; requests come through a bounded queue, changes through a watch.
/// A proxy that reads slowly holds up nobody else: it gets one response per type at a time, computed from the newest state.
/// </summary>
internal sealed class ProxyStream(StreamContext context, ProxyNode proxy, IServerStreamWriter<DeltaResponse> writer)
{
    private const int QueuedRequests = 32;

    private readonly SubscriberSession _session = new();
    private readonly DateTimeOffset _since = context.Time.GetUtcNow();
    private readonly string _node = proxy.Node.Length > 0 ? proxy.Node : context.Options.NodeName;
    private readonly Channel<DeltaRequest> _requests = Channel.CreateBounded<DeltaRequest>(QueuedRequests);
    private ProxyTranslation? _translation;
    private volatile string? _trustBundle;

    /// <summary>The version of the trust bundle that the proxy has accepted; null before. From any thread.</summary>
    public string? HeldTrustBundle => _trustBundle;

    public (string Node, string ProxyId) Name => (_node, proxy.ProxyId);

    public ConnectedProxy Describe() => new(
        proxy.ProxyId, _node, _translation?.Service ?? "", proxy.Version, _since,
        [.. _session.Types.Select(t => new ConnectedProxyType(ResourceKinds.Label(t.Type), t.Sent, t.Acked, t.Nacked, t.LastNackError))]);

    /// <summary>Runs until the proxy goes, is deregistered, or breaks the protocol; ends by exception except when the proxy closed its side.</summary>
    public async Task RunAsync(DeltaRequest first, IAsyncStreamReader<DeltaRequest> reader, CancellationToken cancellation)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var reading = ReadAsync(first, reader, ended.Token);
        try
        {
            await AwaitRegistrationAsync(ended.Token);
            await PushAsync(ended.Token);
        }
        finally
        {
            await ended.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReadAsync(DeltaRequest first, IAsyncStreamReader<DeltaRequest> reader, CancellationToken cancellation)
    {
        try
        {
            await _requests.Writer.WriteAsync(first, cancellation);
            while (await reader.MoveNext(cancellation))
            {
                await _requests.Writer.WriteAsync(reader.Current, cancellation);
            }

            _requests.Writer.TryComplete();
        }
        catch (Exception e)
        {
            _requests.Writer.TryComplete(e);
        }
    }

    private async Task AwaitRegistrationAsync(CancellationToken cancellation)
    {
        var started = context.Time.GetTimestamp();
        while (true)
        {
            using var watch = context.Store.Watch(ProxyTranslator.RegistrationTopics(_node, proxy.ProxyId));
            if (Translate() is not null)
            {
                return;
            }

            var left = context.Options.RegistrationWait - context.Time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero || !await watch.WaitAsync(left, context.Time, cancellation))
            {
                throw new RpcException(new Status(StatusCode.NotFound, $"No sidecar \"{proxy.ProxyId}\" is registered on node \"{_node}\"."));
            }
        }
    }

    private async Task PushAsync(CancellationToken cancellation)
    {
        IReadOnlySet<Topic>? watched = null;
        StateWatch? watch = null;
        Task changed = Task.CompletedTask;
        Task requested = Task.CompletedTask;
        try
        {
            while (true)
            {
                var started = context.Time.GetTimestamp();
                if (watch is null || watch.HasFired || !watched!.SetEquals(_translation!.Topics))
                {
                    watch?.Dispose();
                    watched = _translation!.Topics;
                    watch = context.Store.Watch(watched);
                    changed = watch.WaitAsync(cancellation);
                    if (Translate() is null)
                    {
                        throw new RpcException(new Status(StatusCode.NotFound, $"The sidecar \"{proxy.ProxyId}\" was deregistered."));
                    }

                    if (!watched.SetEquals(_translation.Topics))
                    {
                        continue;
                    }
                }

                if (!await AnswerAsync(cancellation))
                {
                    return;
                }

                await SendAsync(started, cancellation);
                requested = requested.IsCompleted ? _requests.Reader.WaitToReadAsync(cancellation).AsTask() : requested;
                await Task.WhenAny(changed, requested);
                cancellation.ThrowIfCancellationRequested();
                await CoalesceAsync(changed, started, cancellation);
            }
        }
        finally
        {
            watch?.Dispose();
        }
    }

    private ProxyTranslation? Translate() =>
        _translation = ProxyTranslator.Translate(context.Store.View, _node, proxy.ProxyId, context.Options, context.Cache);

    /// <summary>Takes what the proxy sent meanwhile. False when it closed its side.</summary>
    private async Task<bool> AnswerAsync(CancellationToken cancellation)
    {
        while (_requests.Reader.TryRead(out var request))
        {
            if (request.Type == ResourceType.Unspecified)
            {
                await writer.WriteAsync(new DeltaResponse { Nonce = request.Nonce }, cancellation);
                continue;
            }

            if (_session.Take(request, out var nacked) is { } breach)
            {
                throw new RpcException(new Status(StatusCode.InvalidArgument, breach));
            }

            if (nacked is not null)
            {
                context.Meter.Nacked(nacked.Type);
                context.Log.LogWarning(
                    "{Proxy} refused a configuration of type {Type}: {Error}", proxy.ProxyId, ResourceKinds.Label(nacked.Type), nacked.LastNackError);
            }
        }

        _trustBundle = context.Store.View.Ca is { } ca
            ? _session.HeldVersion(ResourceType.TrustBundle, TrustDomain.ForCluster(ca.ClusterId).Name)
            : null;
        return !_requests.Reader.Completion.IsCompleted;
    }

    private async Task SendAsync(long started, CancellationToken cancellation)
    {
        var responses = _session.Next(_translation!.Resources);
        foreach (var response in responses)
        {
            await writer.WriteAsync(response, cancellation);
            context.Meter.Pushed(response);
        }

        if (responses.Count > 0)
        {
            context.Meter.PushEnded(context.Time.GetElapsedTime(started));
        }
    }

    /// <summary>The first change goes out at once; what follows within the coalescing time goes out together.</summary>
    private async Task CoalesceAsync(Task changed, long lastLook, CancellationToken cancellation)
    {
        var left = context.Options.Coalesce - context.Time.GetElapsedTime(lastLook);
        if (changed.IsCompleted && left > TimeSpan.Zero)
        {
            await Task.Delay(left, context.Time, cancellation);
        }
    }
}
