using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Konsul.Mesh.Model;

namespace Konsul.Mesh.Proxy.Options;

/// <summary>NAME:LOCAL_PORT[:DATACENTER]</summary>
/// <param name="Datacenter">Empty: the proxy's own.</param>
internal sealed record UpstreamOption(string Service, int LocalPort, string Datacenter)
{
    public static bool TryParse(string text, [NotNullWhen(true)] out UpstreamOption? upstream, out string reason)
    {
        upstream = null;
        var parts = text.Split(':');
        if (parts.Length is < 2 or > 3)
        {
            reason = $"must be NAME:LOCAL_PORT or NAME:LOCAL_PORT:DATACENTER, not \"{text}\"";
            return false;
        }

        if (Names.CheckName(parts[0]) is { } badName)
        {
            reason = $"has a service name that {badName}: \"{text}\"";
            return false;
        }

        if (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is 0 or > ushort.MaxValue)
        {
            reason = $"has a local port that is not from 1 to {ushort.MaxValue}: \"{text}\"";
            return false;
        }

        if (parts.Length == 3 && Names.CheckName(parts[2]) is { } badDatacenter)
        {
            reason = $"has a datacenter that {badDatacenter}: \"{text}\"";
            return false;
        }

        upstream = new UpstreamOption(parts[0], port, parts.Length == 3 ? parts[2] : "");
        reason = "";
        return true;
    }
}
