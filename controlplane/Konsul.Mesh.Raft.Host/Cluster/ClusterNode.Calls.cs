using System.Buffers.Binary;
using System.Text.Json;
using Konsul.Mesh.Raft.Host.Consensus;
using Konsul.Mesh.Raft.Host.Peers;
using Konsul.Mesh.Raft.Host.Peers.Calls;

namespace Konsul.Mesh.Raft.Host.Cluster;

/// <summary>What other servers ask of this one.</summary>
public sealed partial class ClusterNode : IConsensus
{
    /// <summary>The first kind of call that is the host's.</summary>
    public const ushort FirstHostKind = 100;

    private static readonly TimeSpan StatusTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan AdminTimeout = TimeSpan.FromSeconds(15);

    public ConsensusStatus Consensus => Log.Consensus;

    public async Task<ConsensusStatus> AskLeaderAsync(CancellationToken cancellationToken = default)
    {
        var leader = RequireLeader();
        if (leader == NodeId)
        {
            return Log.Consensus;
        }

        try
        {
            var answer = await _transport.CallAsync(leader, (ushort)CallKind.Status, default, StatusTimeout, cancellationToken).ConfigureAwait(false);
            return JsonSerializer.Deserialize(answer.Span, FormationJson.Default.ConsensusStatus) ?? Log.Consensus;
        }
        catch (Exception e) when (e is PeerCallException or JsonException)
        {
            throw new ConsensusRefusedException($"The leader does not tell: {e.Message}");
        }
    }

    /// <summary>Also on a follower, which passes it on.</summary>
    public Task TransferLeadershipAsync(ulong target, CancellationToken cancellationToken = default) =>
        OnLeaderAsync(CallKind.Transfer, Arguments(target), () => Log.TransferLeadershipAsync(target, cancellationToken), cancellationToken);

    /// <summary>Also on a follower, which passes it on. A leader that is to go lets another one lead first.</summary>
    public Task RemoveAsync(ulong id, CancellationToken cancellationToken = default) =>
        OnLeaderAsync(CallKind.Remove, Arguments(id), () => RemoveHereAsync(id, cancellationToken), cancellationToken);

    /// <summary>Also on a follower, which passes it on. A leader that is to go lets another one lead first.</summary>
    public Task ReplaceAsync(ulong id, ulong with, CancellationToken cancellationToken = default) =>
        OnLeaderAsync(CallKind.Replace, Arguments(id, with), () => ReplaceHereAsync(id, with, cancellationToken), cancellationToken);

    /// <summary>Takes this server out for ever; the caller stops it then. Does nothing when there is no other voter.</summary>
    /// <exception cref="ConsensusRefusedException">No leader, or the rest would have no majority in contact.</exception>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        if (!Log.Consensus.Members.Any(m => m.IsVoter && m.Id != NodeId))
        {
            return;
        }

        try
        {
            await RemoveAsync(NodeId, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ConsensusRefusedException or LogStoppedException)
        {
            // The others close their connections to a server that is out, and the answer may be lost with them.
            if (!await HasLeftAsync(cancellationToken).ConfigureAwait(false))
            {
                throw;
            }
        }
    }

    /// <summary>On the leader: gives a server that listens a vote.</summary>
    public Task PromoteAsync(ulong id, CancellationToken cancellationToken = default) => Log.PromoteAsync(id, cancellationToken);

    private Task RemoveHereAsync(ulong id, CancellationToken cancellationToken) => HandedOverAsync(
        id, CallKind.Remove, Arguments(id), () => Log.RemoveAsync(id, cancellationToken), cancellationToken);

    private Task ReplaceHereAsync(ulong id, ulong with, CancellationToken cancellationToken) => HandedOverAsync(
        id, CallKind.Replace, Arguments(id, with), () => Log.ReplaceAsync(id, with, cancellationToken), cancellationToken);

    /// <summary>Does it here, unless it would take out this very server while others could lead: then the next leader does it.</summary>
    private async Task HandedOverAsync(ulong leaving, CallKind kind, byte[] arguments, Func<Task> here, CancellationToken cancellationToken)
    {
        if (leaving != NodeId || !Log.Consensus.Members.Any(m => m.IsVoter && m.Id != NodeId))
        {
            await here().ConfigureAwait(false);
            await _host.ForgetAsync(leaving, cancellationToken).ConfigureAwait(false);
            return;
        }

        await Log.TransferLeadershipAsync(0, cancellationToken).ConfigureAwait(false);
        try
        {
            await OnLeaderAsync(kind, arguments, static () => throw new ConsensusRefusedException("Leadership came back; try again."), cancellationToken).ConfigureAwait(false);
        }
        catch (ConsensusRefusedException)
        {
            // The others close their connections to a server that is out, and the answer may be lost with them.
            if (!await HasLeftAsync(cancellationToken).ConfigureAwait(false))
            {
                throw;
            }
        }
    }

    private async Task<bool> HasLeftAsync(CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        while (Log.Consensus.Members.Any(m => m.Id == NodeId) && !Log.Completion.IsCompleted)
        {
            if (_time.GetElapsedTime(started) > StatusTimeout)
            {
                return false;
            }

            await Task.Delay(LookEvery, _time, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    private ulong RequireLeader() => Log.Leader is not 0 and var leader ? leader : throw new ConsensusRefusedException("No cluster leader");

    private async Task OnLeaderAsync(CallKind kind, byte[] arguments, Func<Task> here, CancellationToken cancellationToken)
    {
        var leader = RequireLeader();
        if (leader == NodeId)
        {
            await here().ConfigureAwait(false);
            return;
        }

        try
        {
            await _transport.CallAsync(leader, (ushort)kind, arguments, AdminTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (PeerCallException e)
        {
            throw new ConsensusRefusedException(e.Message);
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>> AnswerAsync(PeerCall call, CancellationToken cancellationToken)
    {
        switch ((CallKind)call.Kind)
        {
            case CallKind.Formation:
                return (_log is null
                    ? _formation?.Own ?? new FormationView()
                    : (_founding ?? new FormationView()) with { AskerHasEntered = _host.HasEntered(call.From.NodeId) }).Encode();
            case CallKind.Status when _log is { } log:
                return JsonSerializer.SerializeToUtf8Bytes(log.Consensus, FormationJson.Default.ConsensusStatus);
            case CallKind.Forward when _log is { } log:
                return await log.OnForwardAsync(call.Body, cancellationToken).ConfigureAwait(false);
            case CallKind.Checkpoints when _log is { } log:
                return (await ReportOfAsync(log, cancellationToken).ConfigureAwait(false)).Encode();
            case CallKind.Join when _log is not null:
                await AdmitAsync(call, cancellationToken).ConfigureAwait(false);
                return default;
            case CallKind.Remove when _log is not null:
                await RefusableAsync(RemoveHereAsync(Argument(call, 0, 1), cancellationToken)).ConfigureAwait(false);
                return default;
            case CallKind.Replace when _log is not null:
                await RefusableAsync(ReplaceHereAsync(Argument(call, 0, 2), Argument(call, 1, 2), cancellationToken)).ConfigureAwait(false);
                return default;
            case CallKind.Transfer when _log is { } log:
                await RefusableAsync(log.TransferLeadershipAsync(Argument(call, 0, 1), cancellationToken)).ConfigureAwait(false);
                return default;
            default:
                return call.Kind >= FirstHostKind
                    ? await _host.OnCallAsync(call.From, call.Kind, call.Body, cancellationToken).ConfigureAwait(false)
                    : throw new PeerCallException(PeerCallError.Unavailable, "This server belongs to no cluster yet, or does not know what is asked.");
        }
    }

    /// <summary>A server that knocks at a follower is passed on to the leader, once.</summary>
    private async Task AdmitAsync(PeerCall call, CancellationToken cancellationToken)
    {
        var leader = Log.Consensus.Leader;
        if (leader == 0)
        {
            throw new PeerCallException(PeerCallError.Unavailable, "No cluster leader");
        }

        if (leader != NodeId)
        {
            var passed = new byte[8 + call.Body.Length];
            BitConverter.TryWriteBytes(passed, call.From.NodeId);
            call.Body.Span.CopyTo(passed.AsSpan(8));
            await _transport.CallAsync(leader, (ushort)CallKind.JoinFor, passed, AdminTimeout, cancellationToken).ConfigureAwait(false);
            return;
        }

        await AdmitAsync(call.From.NodeId, call.Body, cancellationToken).ConfigureAwait(false);
    }

    private async Task AdmitAsync(ulong node, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        try
        {
            var addresses = JsonSerializer.Deserialize(body.Span, FormationJson.Default.ServerAddresses)
                ?? throw new PeerCallException(PeerCallError.Failed, "The server does not say who it is.");
            if (!PeerAddress.TryParse(addresses.Raft, out var address))
            {
                throw new PeerCallException(PeerCallError.Failed, $"\"{addresses.Raft}\" is no address.");
            }

            await _host.AdmitAsync(node, addresses, cancellationToken).ConfigureAwait(false);
            Met(node, address);
            await RefusableAsync(Log.AddLearnerAsync(node, cancellationToken)).ConfigureAwait(false);
        }
        catch (JsonException e)
        {
            throw new PeerCallException(PeerCallError.Failed, $"The server does not say who it is: {e.Message}");
        }
        catch (ConsensusRefusedException e)
        {
            throw new PeerCallException(PeerCallError.Unavailable, e.Message);
        }
    }

    private static byte[] Arguments(params ReadOnlySpan<ulong> ids)
    {
        var bytes = new byte[8 * ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8 * i), ids[i]);
        }

        return bytes;
    }

    private static ulong Argument(PeerCall call, int at, int of) => call.Body.Length == 8 * of
        ? BinaryPrimitives.ReadUInt64LittleEndian(call.Body.Span[(8 * at)..])
        : throw new PeerCallException(PeerCallError.Failed, "The call does not name the servers that it is about.");

    private static async Task RefusableAsync(Task change)
    {
        try
        {
            await change.ConfigureAwait(false);
        }
        catch (ConsensusRefusedException e)
        {
            throw new PeerCallException(PeerCallError.Unavailable, e.Message);
        }
    }

    private sealed class Handler(ClusterNode node) : IPeerHandler
    {
        public ulong CurrentTerm => node._log?.Status.Term ?? 0;

        public PeerRefusal Judge(PeerHello peer)
        {
            if (node._host.IsRemoved(peer.NodeId))
            {
                return PeerRefusal.NodeRemoved;
            }

            if (PeerAddress.TryParse(peer.Facts.RaftAddress, out var address))
            {
                node.Met(peer.NodeId, address);
            }

            return PeerRefusal.None;
        }

        public ValueTask OnMessageAsync(Message message, CancellationToken cancellationToken)
        {
            node._log?.OnMessage(message);
            return ValueTask.CompletedTask;
        }

        public void OnUnreachable(ulong nodeId) => node._log?.OnUnreachable(nodeId);

        public void OnRefused(PeerRefusal refusal)
        {
            if (refusal == PeerRefusal.NodeRemoved)
            {
                node._log?.OnRemoved();
            }
        }

        public void OnConnectionLost(ulong nodeId) => node._log?.OnConnectionLost(nodeId);

        public void OnSnapshotStatus(ulong nodeId, bool succeeded) => node._log?.OnSnapshotStatus(nodeId, succeeded);

        public async ValueTask<ReadOnlyMemory<byte>> OnCallAsync(PeerCall call, CancellationToken cancellationToken)
        {
            if (call.Kind != (ushort)CallKind.JoinFor)
            {
                return await node.AnswerAsync(call, cancellationToken).ConfigureAwait(false);
            }

            if (node._log is null || call.Body.Length < 8)
            {
                throw new PeerCallException(PeerCallError.Unavailable, "This server belongs to no cluster yet.");
            }

            await node.AdmitAsync(BitConverter.ToUInt64(call.Body.Span), call.Body[8..], cancellationToken).ConfigureAwait(false);
            return default;
        }
    }
}
