using Konsul.Mesh.Dns.Wire;

namespace Konsul.Mesh.Dns.Answers;

/// <summary>A domain that this server answers for.</summary>
internal sealed class DnsZone
{
    /// <exception cref="ArgumentException">Not a domain name.</exception>
    public DnsZone(string name)
    {
        Text = name.TrimEnd('.').ToLowerInvariant();
        Name = DomainName.FromText(Text) ?? throw new ArgumentException($"\"{name}\" is not a domain name.", nameof(name));
    }

    public string Text { get; }

    /// <summary>In wire form.</summary>
    public byte[] Name { get; }

    /// <summary>The zone a name lies in; of several, the longest. Null: none.</summary>
    public static DnsZone? Of(ReadOnlySpan<byte> name, ReadOnlySpan<DnsZone> zones)
    {
        DnsZone? found = null;
        foreach (var zone in zones)
        {
            if ((found is null || zone.Name.Length > found.Name.Length) && DomainName.IsWithin(name, zone.Name))
                found = zone;
        }

        return found;
    }
}
