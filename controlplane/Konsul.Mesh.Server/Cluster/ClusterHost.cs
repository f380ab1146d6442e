using Konsul.Mesh.Discovery;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Raft.Host.Cluster;
using Konsul.Mesh.Raft.Host.Peers;
using Konsul.Mesh.Raft.Host.Peers.Calls;
using Konsul.Mesh.Server.Certificates;
using Konsul.Mesh.Server.Deadlines;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Shapes;
using Konsul.Mesh.State.Cluster;
using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.Server.Cluster;

/// <summary>What the cluster's servers ask of each other beyond consensus.</summary>
internal sealed class ClusterHost(
    ReplicatedState state, string kekFile, DiscoveryService discovery, DeadlineService deadlines, Func<TrustReport> trust) : IClusterHost
{
    /// <summary>A server that has the state but not the key that the CA's key in it is sealed under asks one that has.</summary>
    public const ushort KeyEncryptionKeyCall = ClusterNode.FirstHostKind;

    /// <summary>The proxies that are connected to a server, as JSON.</summary>
    public const ushort ProxiesCall = ClusterNode.FirstHostKind + 1;

    /// <summary>How far this server and its proxies have taken the roots: a <see cref="TrustReport"/>.</summary>
    public const ushort TrustCall = ClusterNode.FirstHostKind + 2;

    /// <summary>A session is renewed with the server that leads.</summary>
    public const ushort RenewSessionCall = ClusterNode.FirstHostKind + 3;

    /// <summary>Only which ones, for a leader that asks every second; see <see cref="ConnectedSidecars"/>.</summary>
    public const ushort ConnectedCall = ClusterNode.FirstHostKind + 4;

    public bool IsRemoved(ulong node) => state.View.Cluster.IsRemoved(ServerId.Format(node));

    /// <summary>It registers with its version only when it has its log.</summary>
    public bool HasEntered(ulong node) => state.View.Cluster.Server(ServerId.Format(node)) is { Version.Length: > 0 };

    /// <summary>A server that has entered has its log and its certificate, and never joins again. Whoever does so under its id has a token and no more: a
    /// stranger, or the same machine without the votes it has given.</summary>
    public Task AdmitAsync(ulong node, ServerAddresses addresses, CancellationToken cancellationToken) =>
        HasEntered(node)
            ? throw new PeerCallException(
                PeerCallError.Failed,
                $"server {ServerId.Format(node)} is in the cluster already: it needs the data it had, or, as a new server, an empty data directory")
            : WriteAsync(new RegisterServer { Server = Describe(node, addresses, "") }, cancellationToken);

    public Task ForgetAsync(ulong node, CancellationToken cancellationToken) =>
        WriteAsync(new RemoveServer { Id = ServerId.Format(node) }, cancellationToken);

    private async Task WriteAsync(Command command, CancellationToken cancellationToken)
    {
        try
        {
            await state.ProposeAsync(command, cancellationToken).ConfigureAwait(false);
        }
        catch (ApiException e)
        {
            throw new ConsensusRefusedException(e.Message);
        }
    }

    public ValueTask<ReadOnlyMemory<byte>> OnCallAsync(PeerHello from, ushort kind, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> answer = kind switch
        {
            KeyEncryptionKeyCall when state.View.Ca is null || !File.Exists(kekFile) =>
                throw new PeerCallException(PeerCallError.Unavailable, "This server has no key-encryption key yet."),
            KeyEncryptionKeyCall => KeyEncryptionKey.Load(kekFile),
            RenewSessionCall => SessionRenewal.OnCall(deadlines, body),
            ProxiesCall => ConnectedProxyShape.ToJson(discovery),
            TrustCall => trust().ToJson(),
            ConnectedCall => ConnectedSidecars.Encode(discovery),
            _ => throw new PeerCallException(PeerCallError.UnknownKind, "This server does not know what is asked."),
        };
        return ValueTask.FromResult(answer);
    }

    public static ServerMember Describe(ulong node, ServerAddresses addresses, string version) => new()
    {
        Id = ServerId.Format(node),
        Name = addresses.Name,
        RaftAddress = addresses.Raft,
        HttpAddress = addresses.Http,
        GrpcAddress = addresses.Grpc,
        Version = version,
    };
}
