using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Raft.Host.Cluster;
using Konsul.Mesh.Raft.Host.Peers;
using Konsul.Mesh.Raft.Host.Peers.Calls;
using Konsul.Mesh.Server.Certificates;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Operators;
using Konsul.Mesh.State.Cluster;
using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.Server.Cluster;

/// <summary>What the cluster's servers ask of each other beyond consensus.</summary>
internal sealed class ClusterHost(ReplicatedState state, string kekFile) : IClusterHost
{
    /// <summary>A server that has the state but not the key that the CA's key in it is sealed under asks one that has.</summary>
    public const ushort KeyEncryptionKeyCall = ClusterNode.FirstHostKind;

    public bool IsRemoved(ulong node) => state.View.Cluster.IsRemoved(ServerId.Format(node));

    public async Task AdmitAsync(ulong node, ServerAddresses addresses, CancellationToken cancellationToken)
    {
        try
        {
            await state.ProposeAsync(new RegisterServer { Server = Describe(node, addresses, "") }, cancellationToken).ConfigureAwait(false);
        }
        catch (ApiException e)
        {
            throw new ConsensusRefusedException(e.Message);
        }
    }

    public ValueTask<ReadOnlyMemory<byte>> OnCallAsync(PeerHello from, ushort kind, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (kind != KeyEncryptionKeyCall)
            throw new PeerCallException(PeerCallError.UnknownKind, "This server does not know what is asked.");
        if (state.View.Ca is null || !File.Exists(kekFile))
            throw new PeerCallException(PeerCallError.Unavailable, "This server has no key-encryption key yet.");
        return ValueTask.FromResult<ReadOnlyMemory<byte>>(KeyEncryptionKey.Load(kekFile));
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
