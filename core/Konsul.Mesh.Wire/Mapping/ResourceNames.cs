using System.Globalization;

namespace Konsul.Mesh.Wire.Mapping;

/// <summary>How resources are named on the stream, written once for both ends.</summary>
public static class ResourceNames
{
    /// <summary>Longest name taken from a peer, characters.</summary>
    public const int MaxLength = 512;

    /// <summary>The one inbound listener of a sidecar.</summary>
    public const string Inbound = "inbound";

    /// <summary>Asks for all resources of a type that the proxy should have.</summary>
    public const string Everything = "*";

    public static string Upstream(string address, int port) =>
        string.Create(CultureInfo.InvariantCulture, $"upstream:{address}:{port}");

    public static string Cluster(string service, string ns, string datacenter) => $"{service}.{ns}.{datacenter}";
}
