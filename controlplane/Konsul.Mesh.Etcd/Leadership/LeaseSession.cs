using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Konsul.Mesh.Etcd.Client;
using Konsul.Mesh.Etcd.Protocol;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Etcd.Leadership;

/// <summary>
/// This server's lease in etcd: it keeps the server's line in the registry and, if it wins it, the leadership. The lease is counted from the
/// sending of the renewal by the time provider's monotonic clock and given up a tenth early, so it ends here before it ends in etcd.
/// </summary>
internal sealed class LeaseSession(EtcdClient client, LogKeys keys, string node, TimeSpan ttl, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan GoodbyeTimeout = TimeSpan.FromSeconds(2);

    private TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LeaderView _view = LeaderView.Unknown;
    private ulong _snapshotIndex;
    private ulong _registered = ulong.MaxValue;
    private long _lease;
    private long _until;
    private long _renewal;

    /// <summary>Raised on the session's task when the view has changed.</summary>
    public event Action? Changed;

    /// <summary>Never says "mine" beyond the lease, whatever the session is busy with.</summary>
    public LeaderView View
    {
        get
        {
            var view = Volatile.Read(ref _view);
            return view.Mine && time.GetTimestamp() >= view.Until ? LeaderView.Unknown with { Term = view.Term } : view;
        }
    }

    /// <summary>0 while there is none. What is put with it goes when this server does.</summary>
    public long Lease => Volatile.Read(ref _lease);

    /// <summary>Entries after it are the ones this server may still need; the registry shows it.</summary>
    public void Register(ulong snapshotIndex)
    {
        Volatile.Write(ref _snapshotIndex, snapshotIndex);
        Wake();
    }

    /// <summary>The leader's key has changed, or something is to be registered.</summary>
    public void Wake() => Volatile.Read(ref _woken).TrySetResult();

    public async Task RunAsync(CancellationToken stop)
    {
        var warned = false;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await HoldAsync(() => warned = false, stop).ConfigureAwait(false);
            }
            catch (RpcException e) when (!stop.IsCancellationRequested)
            {
                logger.Log(warned ? LogLevel.Debug : LogLevel.Warning, "No lease in etcd, so no leadership here: {Reason}", CallFaults.Text(e));
                warned = true;
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                break;
            }

            Lose();
            await Task.Delay(Pause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await LeaveAsync().ConfigureAwait(false);
    }

    /// <summary>Returns or throws when the lease is lost.</summary>
    private async Task HoldAsync(Action held, CancellationToken stop)
    {
        var sent = time.GetTimestamp();
        var grant = await client.GrantAsync(ttl, stop).ConfigureAwait(false);
        _registered = ulong.MaxValue;
        Volatile.Write(ref _lease, grant.Id);
        Renewed(sent, grant.Ttl);
        held();
        while (true)
        {
            await RegisterAsync(stop).ConfigureAwait(false);
            await CampaignAsync(stop).ConfigureAwait(false);
            if (!await WokenBeforeRenewalAsync(stop).ConfigureAwait(false) && !await RenewAsync(stop).ConfigureAwait(false))
            {
                logger.LogWarning("The lease in etcd is lost");
                return;
            }
        }
    }

    /// <returns>False: it is time to renew.</returns>
    private async Task<bool> WokenBeforeRenewalAsync(CancellationToken stop)
    {
        var left = LeftUntil(_renewal, time.GetTimestamp());
        if (left <= TimeSpan.Zero)
        {
            return false;
        }

        try
        {
            await _woken.Task.WaitAsync(left, time, stop).ConfigureAwait(false);
            Volatile.Write(ref _woken, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async Task<bool> RenewAsync(CancellationToken stop)
    {
        while (true)
        {
            var sent = time.GetTimestamp();
            var left = LeftUntil(_until, sent);
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            try
            {
                // A third of what is left: a member that hangs leaves time to ask another.
                var seconds = await client.KeepAliveAsync(_lease, Max(left / 3, Pause), stop).ConfigureAwait(false);
                if (seconds == 0)
                {
                    return false;
                }

                Renewed(sent, seconds);
                return true;
            }
            catch (RpcException e) when (!stop.IsCancellationRequested && CallFaults.Of(e) != CallFault.NoLease)
            {
                await Task.Delay(Pause, time, stop).ConfigureAwait(false);
            }
        }
    }

    private void Renewed(long sent, long seconds)
    {
        // Bounded: a foreign server's number must not make the lease endless.
        var life = TimeSpan.FromSeconds(Math.Clamp(seconds, 0, (long)Math.Ceiling(ttl.TotalSeconds)));
        _until = sent + (long)(life.TotalSeconds * 0.9 * time.TimestampFrequency);
        _renewal = sent + (long)(life.TotalSeconds / 3 * time.TimestampFrequency);
        if (_view.Mine)
        {
            Volatile.Write(ref _view, _view with { Until = _until });
        }
    }

    private TimeSpan LeftUntil(long then, long now) => time.GetElapsedTime(now, then);

    private async Task RegisterAsync(CancellationToken stop)
    {
        var index = Volatile.Read(ref _snapshotIndex);
        if (index == _registered)
        {
            return;
        }

        try
        {
            var value = ByteString.CopyFromUtf8(index.ToString(CultureInfo.InvariantCulture));
            await client.PutAsync(new PutRequest { Key = keys.Server(node), Value = value, Lease = _lease }, stop).ConfigureAwait(false);
            _registered = index;
        }
        catch (RpcException e) when (CallFaults.Of(e) == CallFault.NoSpace)
        {
            // The lease goes on; the line follows when there is space.
        }
    }

    private async Task CampaignAsync(CancellationToken stop)
    {
        var claim = new TxnRequest();
        claim.Compare.Add(new Compare { Key = keys.Leader, Target = Compare.Types.CompareTarget.Create, CreateRevision = 0 });
        claim.Success.Add(new RequestOp
        {
            RequestPut = new PutRequest { Key = keys.Leader, Value = ByteString.CopyFromUtf8(node), Lease = _lease },
        });
        var read = new RangeRequest { Key = keys.Leader };
        claim.Failure.Add(new RequestOp { RequestRange = read });
        try
        {
            // Reading first: a transaction that could write goes through etcd's log even if it does not.
            var current = await client.RangeAsync(read, stop).ConfigureAwait(false);
            if (current.Kvs.Count == 0)
            {
                var answer = await client.TxnAsync(claim, stop).ConfigureAwait(false);
                if (answer.Succeeded)
                {
                    See(new LeaderView(node, answer.Header.Revision, true, _until));
                    return;
                }

                current = answer.Responses is [{ ResponseRange: { } range }] ? range : current;
            }

            See(current.Kvs is [var leader]
                ? new LeaderView(LeaderName(leader.Value), leader.CreateRevision, leader.Lease == _lease, leader.Lease == _lease ? _until : 0)
                : LeaderView.Unknown with { Term = _view.Term });
        }
        catch (RpcException e) when (CallFaults.Of(e) == CallFault.NoSpace)
        {
            See(LeaderView.Unknown with { Term = _view.Term });
        }
        catch (RpcException e) when (CallFaults.Of(e) is CallFault.Unavailable or CallFault.Busy)
        {
            // The renewal decides whether the lease is lost; what is known of the leader stays.
        }
    }

    private static string LeaderName(ByteString value) => value.Length <= 256 ? value.ToStringUtf8() : "";

    private void See(LeaderView view)
    {
        var before = _view;
        Volatile.Write(ref _view, view);
        if ((view.Leader, view.Term, view.Mine) != (before.Leader, before.Term, before.Mine))
        {
            Changed?.Invoke();
        }
    }

    private void Lose()
    {
        Volatile.Write(ref _lease, 0);
        See(LeaderView.Unknown with { Term = _view.Term });
    }

    /// <summary>Gives the lease back, so that another leads at once.</summary>
    private async Task LeaveAsync()
    {
        var lease = _lease;
        Lose();
        if (lease == 0)
        {
            return;
        }

        try
        {
            await client.RevokeAsync(lease, GoodbyeTimeout, CancellationToken.None).ConfigureAwait(false);
        }
        catch (RpcException e)
        {
            logger.LogDebug("The lease was not given back, it ends by itself: {Reason}", CallFaults.Text(e));
        }
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
