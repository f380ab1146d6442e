using Grpc.Core;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.Wire.V1;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Konsul.Mesh.Wire.Streaming;

/// <summary>
/// Keeps a proxy configured: one stream at a time to one of several servers, resumed by versions after every loss; the last good snapshot
/// stays in force while away. <see cref="State"/> may be read from any thread.
/// </summary>
public sealed class DiscoveryClient
{
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(1);

    private readonly DiscoveryClientOptions _options;
    private readonly ILogger _log;
    private readonly DiscoverySession _session;
    private volatile DiscoveryState _state = DiscoveryState.Initial;
    private volatile TaskCompletionSource _hint = NewHint();

    public DiscoveryClient(DiscoveryClientOptions options, ILogger? log = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(options.Servers.Count);
        _options = options;
        _log = log ?? NullLogger.Instance;
        _session = new DiscoverySession(options.Node);
    }

    public DiscoveryState State => _state;

    /// <summary>The snapshot in force; <see cref="ProxySnapshot.Empty"/> until one was applied.</summary>
    public ProxySnapshot Snapshot => _session.Snapshot;

    /// <summary>A server was just seen alive by other means: a pause before the next try ends now.</summary>
    public void RetryNow() => _hint.TrySetResult();

    /// <summary>Puts what the cache kept in force. True when there was a good one; a bad one is logged. Before <see cref="RunAsync"/>.</summary>
    public async Task<bool> RestoreAsync()
    {
        var read = _options.Cache?.Read() ?? default;
        if (read.Resources is null)
        {
            if (read.Error is not null)
            {
                _log.LogWarning("{Reason}", read.Error);
            }

            return false;
        }

        var step = _session.Restore(read.Resources);
        var refusal = step.Refusal ?? await _options.Apply(step.Snapshot!);
        if (refusal is not null)
        {
            if (step.Refusal is null)
            {
                _session.Refuse(refusal);
            }

            _log.LogWarning("The cached configuration is not used: {Reason}", refusal);
            return false;
        }

        _session.Accept();
        Publish(s => s with
        {
            Version = _session.Snapshot.Version,
            FromCache = true,
            Types = _session.Describe(),
            Intentions = _session.Intentions,
        });
        return true;
    }

    /// <summary>Runs until cancelled; never ends otherwise, whatever the servers do.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await using var writer = _options.Cache is { } cache ? new CacheWriter(cache, _options.Time, _log) : null;
        var server = _options.Random.Next(_options.Servers.Count);
        var failures = 0;
        while (!cancellation.IsCancellationRequested)
        {
            var address = _options.Servers[server];
            var started = _options.Time.GetTimestamp();
            var reason = await StreamOnceAsync(address, writer, cancellation);
            _hint = NewHint();
            if (cancellation.IsCancellationRequested)
            {
                break;
            }

            var settled = _state.Connected && _options.Time.GetElapsedTime(started) >= Settled;
            failures = settled ? 1 : failures + 1;
            Publish(s => s with { Connected = false, ConnectedSince = null, LastError = reason, Disconnects = s.Disconnects + 1 });
            server = (server + 1) % _options.Servers.Count;
            var rounds = 1 + ((failures - 1) / _options.Servers.Count);
            var delay = BackoffPolicy.Delay(rounds, _options.Random);
            _log.Log(
                BackoffPolicy.LevelOf(failures),
                "Discovery stream to {Server} ended: {Reason} Next try in {Delay} ms.", address, reason, (int)delay.TotalMilliseconds);
            await _hint.Task.WaitAsync(delay, _options.Time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Publish(s => s with { Connected = false, ConnectedSince = null });
    }

    /// <summary>One stream to its end. Why it ended, as a sentence.</summary>
    private async Task<string> StreamOnceAsync(string address, CacheWriter? writer, CancellationToken cancellation)
    {
        Publish(s => s with { Server = address });
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using var retry = _options.Time.CreateTimer(
            static s => ((CancellationTokenSource)s!).Cancel(), ended, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        try
        {
            var stub = new Discovery.DiscoveryClient(_options.Dial(address));
            using var call = stub.StreamDeltas(_options.Headers?.Invoke(), cancellationToken: ended.Token);
            foreach (var request in _session.Open())
            {
                await SendAsync(call, request);
            }

            while (await NextAsync(call))
            {
                var response = call.ResponseStream.Current;
                if (response.Type != ResourceType.Unspecified)
                {
                    var answer = await AnswerAsync(response, address, writer);
                    await SendAsync(call, answer);
                    if (answer.Error is not null)
                    {
                        retry.Change(_options.RefusalRetry, Timeout.InfiniteTimeSpan);
                    }
                }
            }

            return "The server ended it.";
        }
        catch (Exception e) when (ended.IsCancellationRequested && !cancellation.IsCancellationRequested && e is (RpcException or OperationCanceledException))
        {
            return "What was refused is asked for again.";
        }
        catch (RpcException e)
        {
            return $"{e.StatusCode}: {e.Status.Detail}";
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return e.Message;
        }
        catch (Exception e)
        {
            // Whatever the consumer or the transport threw: the last good snapshot stays and the next stream starts afresh.
            _log.LogError(e, "The discovery stream to {Server} failed.", address);
            return e.Message;
        }
        finally
        {
            await ended.CancelAsync();
        }
    }

    private async Task<DeltaRequest> AnswerAsync(DeltaResponse response, string address, CacheWriter? writer)
    {
        var step = _session.Receive(response);
        var refusal = step.Refusal ?? (step.Snapshot is { } snapshot ? await _options.Apply(snapshot) : null);
        var answer = refusal is null ? _session.Accept() : _session.Refuse(refusal);
        if (refusal is null && _session.Snapshot.Version > 0)
        {
            writer?.Offer(_session.Held);
        }
        else if (refusal is not null)
        {
            _options.Refused?.Invoke(response.Type);
            _log.LogError("Configuration from {Server} refused, the last good one stays: {Reason}", address, refusal);
        }

        var now = _options.Time.GetUtcNow();
        Publish(s => s with
        {
            Connected = true,
            ConnectedSince = s.ConnectedSince ?? now,
            LastPush = now,
            LastError = "",
            Version = _session.Snapshot.Version,
            Rejected = s.Rejected + (refusal is null ? 0 : 1),
            FromCache = s.FromCache && refusal is not null,
            Types = _session.Describe(),
            Intentions = _session.Intentions,
        });
        return answer;
    }

    /// <summary>
    /// The next response. A connection can look alive and be dead (frozen server, lost route): silence is answered with a probe, an empty
    /// request that the server echoes; silence after that ends the stream.
    /// </summary>
    private async Task<bool> NextAsync(AsyncDuplexStreamingCall<DeltaRequest, DeltaResponse> call)
    {
        var next = call.ResponseStream.MoveNext(CancellationToken.None);
        try
        {
            return await next.WaitAsync(_options.ProbeInterval, _options.Time);
        }
        catch (TimeoutException)
        {
            await SendAsync(call, new DeltaRequest());
        }

        try
        {
            return await next.WaitAsync(_options.ProbeInterval, _options.Time);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"No sign of life for {2 * _options.ProbeInterval.TotalSeconds:0} s.");
        }
    }

    private Task SendAsync(AsyncDuplexStreamingCall<DeltaRequest, DeltaResponse> call, DeltaRequest request) =>
        call.RequestStream.WriteAsync(request).WaitAsync(_options.ProbeInterval, _options.Time);

    private static TaskCompletionSource NewHint() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Publish(Func<DiscoveryState, DiscoveryState> change) => _state = change(_state);
}
