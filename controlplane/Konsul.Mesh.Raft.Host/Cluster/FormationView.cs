using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Konsul.Mesh.Raft.Host.Cluster;

/// <summary>What one server says of how far the founding of the cluster is.</summary>
internal sealed record FormationView
{
    /// <summary><see cref="Guid.Empty"/> while it belongs to no cluster.</summary>
    public Guid ClusterId { get; init; }

    /// <summary>Who founded its cluster; empty while it belongs to none.</summary>
    public ImmutableArray<ulong> Founders { get; init; } = [];

    /// <summary>How many it waits for.</summary>
    public int Expect { get; init; }

    /// <summary>Those that it would found one with, itself among them, sorted; empty while there are not enough.</summary>
    public ImmutableArray<ulong> Circle { get; init; } = [];

    /// <summary>To the server that asks: it has been in this cluster with a log of its own. Without that log it must not take part under its id, as it has
    /// forgotten whom it voted for and what it has confirmed.</summary>
    public bool AskerHasEntered { get; init; }

    /// <summary>The lowest ids of all that are seen: everybody who sees the same comes to the same.</summary>
    public static ImmutableArray<ulong> CircleOf(IEnumerable<ulong> seen, int expect)
    {
        ImmutableArray<ulong> lowest = [.. seen.Distinct().Order().Take(expect)];
        return lowest.Length == expect ? lowest : [];
    }

    /// <summary>The cluster's id follows from who founds it, so that founders need not agree on one.</summary>
    public static Guid ClusterOf(ImmutableArray<ulong> founders)
    {
        var text = "konsul cluster of " + string.Join(',', founders.Select(ServerId.Format));
        return new Guid(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(text)).AsSpan(0, 16));
    }

    public byte[] Encode() => JsonSerializer.SerializeToUtf8Bytes(this, FormationJson.Default.FormationView);

    /// <exception cref="JsonException">Not such a view.</exception>
    public static FormationView Decode(ReadOnlySpan<byte> bytes) =>
        JsonSerializer.Deserialize(bytes, FormationJson.Default.FormationView) ?? throw new JsonException("null");
}

[JsonSerializable(typeof(FormationView))]
[JsonSerializable(typeof(ServerAddresses))]
[JsonSerializable(typeof(ConsensusStatus))]
internal sealed partial class FormationJson : JsonSerializerContext;
