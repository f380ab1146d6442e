namespace Konsul.Mesh.Bench.Figures;

/// <summary>One request through the mesh; status 0 if its connection was cut. Times are timestamps of the run's clock.</summary>
internal sealed record Answer(long Sent, int Status, string Body);

/// <summary>Asks the upstream without pause while a change is made, and tells when its effect showed.</summary>
internal sealed class UpstreamWatch(Uri address, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 1 }) { Timeout = TimeSpan.FromSeconds(10) };

    /// <summary>Milliseconds from the start of the change to the end of the first request that shows the effect.</summary>
    public async Task<double> TimeUntilAsync(string what, Func<Task> change, Func<Answer, bool> shows, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        var changing = change();
        Answer? last = null;
        while (time.GetElapsedTime(started) < Deadline)
        {
            last = await AskAsync(cancel);
            if (shows(last))
            {
                var took = time.GetElapsedTime(started).TotalMilliseconds;
                await changing;
                return took;
            }
        }

        await changing;
        throw new BenchException($"{what}: not within {Deadline.TotalSeconds:0} s; last answer {last?.Status} '{last?.Body.Trim()}'");
    }

    /// <summary>Milliseconds from the start of the change to the sending of the last request that still showed the old state; a failed request is an error.</summary>
    public async Task<double> TimeOfLastAsync(Func<Task> change, Func<Answer, bool> old, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        var changing = change();
        var last = started;
        while (time.GetElapsedTime(last) < Quiet)
        {
            var answer = await AskAsync(cancel);
            if (answer.Status != 200)
            {
                throw new BenchException($"a request failed with {answer.Status} while an instance went away");
            }

            last = old(answer) ? answer.Sent : last;
            if (time.GetElapsedTime(started) > Deadline)
            {
                throw new BenchException($"a deregistered instance still answers after {Deadline.TotalSeconds:0} s");
            }
        }

        await changing;
        return time.GetElapsedTime(started, last).TotalMilliseconds;
    }

    public void Dispose() => _client.Dispose();

    private async Task<Answer> AskAsync(CancellationToken cancel)
    {
        var sent = time.GetTimestamp();
        try
        {
            using var response = await _client.GetAsync(address, cancel);
            return new Answer(sent, (int)response.StatusCode, await response.Content.ReadAsStringAsync(cancel));
        }
        catch (HttpRequestException e)
        {
            return new Answer(sent, 0, e.Message);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new BenchException($"a request through the mesh got no answer for {_client.Timeout.TotalSeconds:0} s");
        }
    }
}
