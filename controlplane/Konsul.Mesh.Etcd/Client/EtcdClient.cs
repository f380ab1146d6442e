using Grpc.Core;
using Konsul.Mesh.Etcd.Protocol;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Etcd.Client;

/// <summary>
/// Calls to whichever endpoint works. A call is one attempt with a deadline; when it fails for a reason that another endpoint may not have,
/// the next call goes to the next one. Answers of another etcd cluster than the first one are refused. Thread-safe.
/// </summary>
internal sealed class EtcdClient : IDisposable
{
    private readonly EtcdConnectionOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Endpoint[] _endpoints;
    private readonly SemaphoreSlim _login = new(1);
    private int _current;
    private ulong _clusterId;
    private string? _token;

    public EtcdClient(EtcdConnectionOptions options, TimeProvider time, ILogger logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _endpoints = options.Endpoints.Select(e => new Endpoint(e, options, time)).ToArray();
        if (_endpoints.Length == 0)
        {
            throw new ArgumentException("There is no endpoint.", nameof(options));
        }
    }

    public IReadOnlyList<Endpoint> Endpoints => _endpoints;

    public Task<RangeResponse> RangeAsync(RangeRequest request, CancellationToken stop, TimeSpan? timeout = null) =>
        CallAsync((e, o) => e.Store.RangeAsync(request, o), r => r.Header, timeout, stop);

    public Task<PutResponse> PutAsync(PutRequest request, CancellationToken stop) =>
        CallAsync((e, o) => e.Store.PutAsync(request, o), r => r.Header, null, stop);

    public Task<DeleteRangeResponse> DeleteAsync(DeleteRangeRequest request, CancellationToken stop) =>
        CallAsync((e, o) => e.Store.DeleteRangeAsync(request, o), r => r.Header, null, stop);

    public Task<TxnResponse> TxnAsync(TxnRequest request, CancellationToken stop, TimeSpan? timeout = null) =>
        CallAsync((e, o) => e.Store.TxnAsync(request, o), r => r.Header, timeout, stop);

    public Task<CompactionResponse> CompactAsync(CompactionRequest request, CancellationToken stop) =>
        CallAsync((e, o) => e.Store.CompactAsync(request, o), r => r.Header, null, stop);

    public Task<LeaseGrantResponse> GrantAsync(TimeSpan ttl, CancellationToken stop)
    {
        var request = new LeaseGrantRequest { Ttl = (long)Math.Ceiling(ttl.TotalSeconds) };
        return CallAsync((e, o) => e.Leases.LeaseGrantAsync(request, o), r => r.Header, null, stop);
    }

    public Task<LeaseRevokeResponse> RevokeAsync(long lease, TimeSpan timeout, CancellationToken stop) =>
        CallAsync((e, o) => e.Leases.LeaseRevokeAsync(new LeaseRevokeRequest { Id = lease }, o), r => r.Header, timeout, stop);

    public Task<StatusResponse> StatusAsync(Endpoint endpoint, CancellationToken stop) =>
        WithLoginAsync(endpoint, (e, o) => e.Maintenance.StatusAsync(new StatusRequest(), o), null, stop);

    /// <summary>One renewal on a stream of its own.</summary>
    /// <returns>The new time to live in seconds; 0 when the lease is gone.</returns>
    public async Task<long> KeepAliveAsync(long lease, TimeSpan timeout, CancellationToken stop)
    {
        var endpoint = _endpoints[Volatile.Read(ref _current)];
        try
        {
            using var call = endpoint.Leases.LeaseKeepAlive(Options(timeout, stop, needsLeader: true));
            await call.RequestStream.WriteAsync(new LeaseKeepAliveRequest { Id = lease }, stop).ConfigureAwait(false);
            if (!await call.ResponseStream.MoveNext(stop).ConfigureAwait(false))
            {
                throw new RpcException(new Status(StatusCode.Unavailable, "The stream ended without an answer."));
            }

            Check(endpoint, call.ResponseStream.Current.Header);
            return Math.Max(0, call.ResponseStream.Current.Ttl);
        }
        catch (RpcException e) when (!stop.IsCancellationRequested)
        {
            await AfterFailureAsync(endpoint, e, stop).ConfigureAwait(false);
            throw;
        }
        catch (InvalidOperationException e) when (!stop.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "The stream ended before the request.", e));
        }
    }

    /// <summary>Watches until the stream breaks; each answer is handled before the next is read. Always ends with an exception.</summary>
    public async Task WatchAsync(IEnumerable<WatchCreateRequest> watches, Func<WatchResponse, ValueTask> handle, CancellationToken stop)
    {
        var endpoint = _endpoints[Volatile.Read(ref _current)];
        try
        {
            using var call = new Watch.WatchClient(endpoint.Invoker).Watch(Options(null, stop, needsLeader: true));
            foreach (var create in watches)
            {
                await call.RequestStream.WriteAsync(new WatchRequest { CreateRequest = create }, stop).ConfigureAwait(false);
            }

            while (await call.ResponseStream.MoveNext(stop).ConfigureAwait(false))
            {
                Check(endpoint, call.ResponseStream.Current.Header);
                await handle(call.ResponseStream.Current).ConfigureAwait(false);
            }

            throw new RpcException(new Status(StatusCode.Unavailable, "The stream ended."));
        }
        catch (RpcException e) when (!stop.IsCancellationRequested)
        {
            await AfterFailureAsync(endpoint, e, stop).ConfigureAwait(false);
            throw;
        }
        catch (InvalidOperationException e) when (!stop.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "The stream ended before the request.", e));
        }
    }

    public void Dispose()
    {
        Array.ForEach(_endpoints, e => e.Dispose());
        _login.Dispose();
    }

    private async Task<T> CallAsync<T>(
        Func<Endpoint, CallOptions, AsyncUnaryCall<T>> call, Func<T, ResponseHeader> header, TimeSpan? timeout, CancellationToken stop)
        where T : class
    {
        var endpoint = _endpoints[Volatile.Read(ref _current)];
        try
        {
            var answer = await WithLoginAsync(endpoint, call, timeout, stop).ConfigureAwait(false);
            Check(endpoint, header(answer));
            return answer;
        }
        catch (RpcException e) when (!stop.IsCancellationRequested)
        {
            MoveOn(endpoint, e);
            throw;
        }
    }

    private async Task<T> WithLoginAsync<T>(
        Endpoint endpoint, Func<Endpoint, CallOptions, AsyncUnaryCall<T>> call, TimeSpan? timeout, CancellationToken stop)
    {
        var limit = timeout is { } own && own < _options.CallTimeout ? own : _options.CallTimeout;
        if (_options.User is not null && Volatile.Read(ref _token) is null)
        {
            await LogInAsync(endpoint, null, stop).ConfigureAwait(false);
        }

        var token = Volatile.Read(ref _token);
        try
        {
            return await call(endpoint, Options(limit, stop)).ResponseAsync.ConfigureAwait(false);
        }
        catch (RpcException e) when (_options.User is not null && CallFaults.WantsLogin(e))
        {
            await LogInAsync(endpoint, token, stop).ConfigureAwait(false);
            return await call(endpoint, Options(limit, stop)).ResponseAsync.ConfigureAwait(false);
        }
    }

    /// <summary>Once for all who find the token <paramref name="bad"/> at the same time.</summary>
    private async Task LogInAsync(Endpoint endpoint, string? bad, CancellationToken stop)
    {
        await _login.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            if (Volatile.Read(ref _token) is { } token && token != bad)
            {
                return;
            }

            var request = new AuthenticateRequest { Name = _options.User, Password = _options.Password ?? "" };
            Volatile.Write(ref _token, null);
            var answer = await new Auth.AuthClient(endpoint.Invoker)
                .AuthenticateAsync(request, Options(_options.CallTimeout, stop)).ResponseAsync.ConfigureAwait(false);
            Volatile.Write(ref _token, answer.Token);
        }
        catch (RpcException e) when (e.Status.Detail.Contains("authentication is not enabled", StringComparison.Ordinal))
        {
            _logger.LogWarning("A user of etcd is given, but etcd has no authentication enabled: it lets everybody in");
            Volatile.Write(ref _token, "");
        }
        finally
        {
            _login.Release();
        }
    }

    private CallOptions Options(TimeSpan? timeout, CancellationToken stop, bool needsLeader = false)
    {
        var headers = new Metadata();
        if (Volatile.Read(ref _token) is { Length: > 0 } token)
        {
            headers.Add("token", token);
        }

        if (needsLeader)
        {
            // A member that is cut off from the others would otherwise keep the stream open and say nothing.
            headers.Add("hasleader", "true");
        }

        return new CallOptions(headers, timeout is { } limit ? (_time.GetUtcNow() + limit).UtcDateTime : null, stop);
    }

    private void Check(Endpoint endpoint, ResponseHeader? header)
    {
        var id = header?.ClusterId ?? 0;
        var known = Interlocked.CompareExchange(ref _clusterId, id, 0);
        if (id == 0)
        {
            throw new RpcException(new Status(StatusCode.Unimplemented, "The answer has no header of etcd."));
        }

        if (known != 0 && known != id)
        {
            throw new RpcException(new Status(
                StatusCode.Unavailable, $"{endpoint.Address} is of etcd cluster {id:x}, the endpoint asked first of {known:x}."));
        }
    }

    private async Task AfterFailureAsync(Endpoint endpoint, RpcException e, CancellationToken stop)
    {
        MoveOn(endpoint, e);
        if (_options.User is not null && CallFaults.WantsLogin(e))
        {
            await LogInAsync(endpoint, Volatile.Read(ref _token), stop).ConfigureAwait(false);
        }
    }

    private void MoveOn(Endpoint endpoint, RpcException e)
    {
        if (_endpoints.Length == 1 || CallFaults.Of(e) is not (CallFault.Unavailable or CallFault.NotEtcd))
        {
            return;
        }

        var at = Array.IndexOf(_endpoints, endpoint);
        if (Interlocked.CompareExchange(ref _current, (at + 1) % _endpoints.Length, at) == at)
        {
            _logger.LogWarning("etcd at {Address} does not serve, the next endpoint is tried: {Reason}", endpoint.Address, CallFaults.Text(e));
        }
    }
}
