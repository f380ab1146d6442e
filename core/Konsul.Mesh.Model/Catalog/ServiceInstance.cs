using System.Collections.Immutable;

namespace Konsul.Mesh.Model.Catalog;

/// <summary>One registered instance of a service (or a sidecar or gateway, by <see cref="Kind"/>). Its key is (Node, Id).</summary>
public sealed record ServiceInstance
{
    public required string Node { get; init; }

    public required string Id { get; init; }

    public required string Name { get; init; }

    public ServiceKind Kind { get; init; }

    public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>Empty means the node's address.</summary>
    public string Address { get; init; } = "";

    /// <summary>0 when the service has no port.</summary>
    public int Port { get; init; }

    public string SocketPath { get; init; } = "";

    public ImmutableSortedDictionary<string, ServiceAddress> TaggedAddresses { get; init; } =
        ImmutableSortedDictionary<string, ServiceAddress>.Empty;

    public ImmutableSortedDictionary<string, string> Meta { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public int PassingWeight { get; init; } = 1;

    public int WarningWeight { get; init; } = 1;

    public bool EnableTagOverride { get; init; }

    /// <summary>True when the app speaks mTLS itself (Connect.Native).</summary>
    public bool ConnectNative { get; init; }

    /// <summary>Set on sidecars and gateways.</summary>
    public ProxyRegistration? Proxy { get; init; }

    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }
}
