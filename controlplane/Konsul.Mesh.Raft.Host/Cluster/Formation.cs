using System.Text.Json;
using Konsul.Mesh.Raft.Host.Consensus;
using Konsul.Mesh.Raft.Host.Peers;
using Konsul.Mesh.Raft.Host.Peers.Calls;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Cluster;

/// <summary>
/// How a server without a cluster gets into one: it asks those it was told of. If one belongs to a cluster, it joins that. If none does, and as
/// many as expected see each other and name the same circle, they found one; all come to the same id and founders without a word more.
/// </summary>
internal sealed class Formation(ClusterOptions options, PeerTransport transport, ulong self, AddressBook book, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(5);
    private volatile FormationView _own = new() { Expect = options.BootstrapExpect };
    private string _said = "";

    /// <summary>What this server answers to others who ask.</summary>
    public FormationView Own => _own;

    public async Task<FormationView> RunAsync(CancellationToken cancellationToken)
    {
        if (options is { BootstrapExpect: 1, Join.IsEmpty: true })
        {
            return Founded([self]);
        }

        while (true)
        {
            if (await TryAsync(cancellationToken).ConfigureAwait(false) is { } found)
            {
                return found;
            }

            await Task.Delay(options.AskEvery, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<FormationView?> TryAsync(CancellationToken cancellationToken)
    {
        var seen = new Dictionary<ulong, FormationView>();
        foreach (var address in options.Join)
        {
            if (await AskAsync(address, cancellationToken).ConfigureAwait(false) is not { } answer)
            {
                continue;
            }

            var (node, view) = answer;
            if (view.ClusterId != Guid.Empty)
            {
                if (view.AskerHasEntered)
                {
                    throw new LogStoppedException(
                        $"Server {ServerId.Format(self)} is in the cluster already, and its log is gone: it needs the data it had, or, as a new server, an empty data directory.");
                }

                return view.Founders.Contains(self) ? Founded(view.Founders) : await JoinAsync(node, view, cancellationToken).ConfigureAwait(false);
            }

            seen[node] = view;
        }

        var alike = seen.Where(s => s.Value.Expect == options.BootstrapExpect).Select(s => s.Key).ToList();
        var circle = FormationView.CircleOf([.. alike, self], options.BootstrapExpect);
        _own = _own with { Circle = circle };
        Say($"Waiting for {options.BootstrapExpect} servers to found a cluster; {alike.Count + 1} are here");
        return circle.Contains(self) && circle.All(id => id == self || seen[id].Circle.SequenceEqual(circle)) ? Founded(circle) : null;
    }

    private FormationView Founded(System.Collections.Immutable.ImmutableArray<ulong> founders) =>
        new() { ClusterId = FormationView.ClusterOf(founders), Founders = founders, Expect = options.BootstrapExpect };

    private async Task<(ulong Node, FormationView View)?> AskAsync(PeerAddress address, CancellationToken cancellationToken)
    {
        try
        {
            var hello = await transport.HelloAsync(address, cancellationToken).ConfigureAwait(false);
            book.Note(hello.NodeId, address);
            transport.SetPeers(book.All);
            var answer = await transport.CallAsync(
                hello.NodeId, (ushort)CallKind.Formation, ReadOnlyMemory<byte>.Empty, CallTimeout, cancellationToken).ConfigureAwait(false);
            return (hello.NodeId, FormationView.Decode(answer.Span));
        }
        catch (PeerRefusedException e) when (e.Refusal == PeerRefusal.Self)
        {
            return null;
        }
        catch (PeerRefusedException e) when (e is { Refusal: PeerRefusal.NodeRemoved, IsProven: true })
        {
            throw RemovedServer.Stopped(self, e);
        }
        catch (Exception e) when (e is IOException or JsonException or TimeoutException)
        {
            Say($"{address} does not answer yet: {e.Message}");
            return null;
        }
    }

    private async Task<FormationView?> JoinAsync(ulong node, FormationView cluster, CancellationToken cancellationToken)
    {
        try
        {
            var me = JsonSerializer.SerializeToUtf8Bytes(options.Addresses, FormationJson.Default.ServerAddresses);
            await transport.CallAsync(node, (ushort)CallKind.Join, me, CallTimeout, cancellationToken).ConfigureAwait(false);
            return cluster;
        }
        catch (PeerCallException e) when (e.Error == PeerCallError.Failed)
        {
            throw new LogStoppedException($"The cluster does not let this server in: {e.Message}", e);
        }
        catch (IOException e)
        {
            Say($"The cluster does not let this server in yet: {e.Message}");
            return null;
        }
    }

    /// <summary>Once for the same news: it is asked twice a second.</summary>
    private void Say(string what)
    {
        if (what != _said)
        {
            _said = what;
            logger.LogInformation("{What}", what);
        }
    }
}
