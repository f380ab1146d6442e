using System.Globalization;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;

namespace Konsul.Mesh.Cli.Commands.Lock;

/// <summary>
/// A lock on a key by a session of its own: taken, kept and given back. The session is renewed three times in its TTL, so that one lost renewal costs
/// nothing; the key is watched, so that a lock that is lost is known at once.
/// </summary>
internal sealed class HeldLock(Invocation run, string key, string value, TimeSpan ttl, TimeSpan lockDelay)
{
    private readonly TimeProvider _time = TimeProvider.System;
    private string _session = "";

    private string Path => $"/v1/kv/{ApiPath.Key(key)}";

    /// <summary>Counts the holders: whoever is given it can tell an old holder from a new one. 0 before it is held.</summary>
    public ulong Fence { get; private set; }

    /// <summary>Takes the lock, waiting for it as long as need be.</summary>
    public async Task AcquireAsync(CancellationToken cancellation)
    {
        _session = (await run.Api.PutAsync(
            "/v1/session/create",
            new JsonObject { ["Name"] = $"konsulctl lock {key}", ["TTL"] = Text(ttl), ["LockDelay"] = Text(lockDelay), ["Behavior"] = "release" },
            cancellation)).Object().Text("ID");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var renewing = RenewAsync(stop.Token);
        try
        {
            while (!await TryAsync(cancellation))
            {
                if (renewing.IsCompleted)
                {
                    throw new CliException(CliExit.Failed, "the session has ended while it waited for the lock");
                }

                await UntilFreeAsync(cancellation);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await renewing;
        }
    }

    /// <summary>Keeps the lock; returns when it is lost.</summary>
    public async Task KeepAsync(CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var (renewing, watching) = (RenewAsync(stop.Token), WatchAsync(stop.Token));
        await Task.WhenAny(renewing, watching);
        await stop.CancelAsync();
        await Task.WhenAll(renewing, watching);
    }

    /// <summary>Gives the lock back without delay for the next one, and ends the session. Also after the run was called off.</summary>
    public async Task ReleaseAsync()
    {
        if (_session.Length == 0)
        {
            return;
        }

        using var deadline = new CancellationTokenSource(run.Settings.Timeout, _time);
        try
        {
            await run.Api.PutAsync($"{Path}?release={_session}", deadline.Token);
            await run.Api.PutAsync($"/v1/session/destroy/{_session}", deadline.Token);
        }
        catch (Exception e) when (e is CliException or OperationCanceledException)
        {
            // The session's TTL frees it.
        }
    }

    private static string Text(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.###}s");

    private async Task<bool> TryAsync(CancellationToken cancellation)
    {
        run.Progress();
        if ((await run.Api.PutAsync($"{Path}?acquire={_session}", System.Text.Encoding.UTF8.GetBytes(value), cancellation)).Text != "true")
        {
            return false;
        }

        var answer = await run.Api.GetAsync(Path, cancellation);
        Fence = answer.IsFound && ulong.TryParse((answer.Array() is [{ } pair, ..] ? pair : null).Text("LockIndex"), out var fence) ? fence : 0;
        return true;
    }

    /// <summary>Until nobody holds it; then a little longer, for a lock-delay may run of which nobody is told.</summary>
    private async Task UntilFreeAsync(CancellationToken cancellation)
    {
        if (await SessionOfAsync(0, cancellation) is not { } now || now.Holder.Length == 0)
        {
            run.Progress();
            await Task.Delay(TimeSpan.FromMilliseconds(500), _time, cancellation);
            return;
        }

        await SessionOfAsync(now.Index, cancellation);
    }

    private async Task WatchAsync(CancellationToken cancellation)
    {
        var index = 0UL;
        try
        {
            while (await SessionOfAsync(index, cancellation) is { } now && now.Holder == _session)
            {
                index = now.Index;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or CliException { Code: CliExit.Unreachable })
        {
            // Called off; or out of reach, where the renewal decides how long that is borne.
            if (!cancellation.IsCancellationRequested)
            {
                await Task.Delay(ttl, _time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<(string Holder, ulong Index)?> SessionOfAsync(ulong index, CancellationToken cancellation)
    {
        run.Progress();
        var wait = run.Settings.Timeout / 2;
        var answer = await run.Api.GetAsync(string.Create(CultureInfo.InvariantCulture, $"{Path}?index={index}&wait={wait.TotalMilliseconds:0}ms"), cancellation);
        return answer.IsFound && answer.Array() is [{ } pair, ..] && ulong.TryParse(pair.Text("ModifyIndex"), out var modified)
            ? (pair.Text("Session"), modified)
            : null;
    }

    /// <summary>Returns when the session is gone, or could not be renewed for its TTL.</summary>
    private async Task RenewAsync(CancellationToken cancellation)
    {
        var renewed = _time.GetTimestamp();
        try
        {
            while (_time.GetElapsedTime(renewed) < ttl)
            {
                await Task.Delay(ttl / 3, _time, cancellation);
                run.Progress();
                try
                {
                    if (!(await run.Api.PutAsync($"/v1/session/renew/{_session}", cancellation)).IsFound)
                    {
                        return;
                    }

                    renewed = _time.GetTimestamp();
                }
                catch (CliException e) when (e.Code is CliExit.Unreachable or CliExit.Failed)
                {
                    // Another try before the time is over.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // No longer needed.
        }
    }
}
