using Konsul.Mesh.Dns.Wire;
using Konsul.Mesh.State;

namespace Konsul.Mesh.Dns.Answers;

/// <summary>One question on its way through the answerer.</summary>
internal sealed record Lookup(StateView View, RecordType Type, DnsZone Zone, string Datacenter)
{
    /// <summary>How many names led here.</summary>
    public int Depth { get; init; }

    public bool WantsAddress => Type is RecordType.A or RecordType.Aaaa or RecordType.Any;

    /// <summary>Whether an address of this family answers the question.</summary>
    public bool Takes(System.Net.IPAddress address) => Type switch
    {
        RecordType.A => address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork,
        RecordType.Aaaa => address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6,
        _ => true,
    };
}
