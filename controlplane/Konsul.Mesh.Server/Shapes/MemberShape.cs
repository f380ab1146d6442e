using System.Globalization;
using System.Text.Json;

namespace Konsul.Mesh.Server.Shapes;

/// <summary>A member of the cluster as Serf would show it.</summary>
internal static class MemberShape
{
    public static void Write(Utf8JsonWriter w, ClusterMember member)
    {
        w.WriteStartObject();
        w.WriteString("Name", member.Name);
        w.WriteString("Addr", member.Address);
        w.WriteNumber("Port", member.Port);
        w.WriteStartObject("Tags");
        w.WriteString("role", "consul");
        w.WriteString("dc", member.Datacenter);
        w.WriteString("id", member.NodeId);
        w.WriteString("build", member.Version);
        w.WriteString("port", member.Port.ToString(CultureInfo.InvariantCulture));
        w.WriteString("vsn", "2");
        w.WriteString("raft_vsn", "3");
        if (member.IsAlone)
            w.WriteString("bootstrap", "1");
        w.WriteEndObject();
        w.WriteNumber("Status", (int)member.Status);
        foreach (var name in (ReadOnlySpan<string>)["ProtocolMin", "ProtocolMax", "ProtocolCur", "DelegateMin", "DelegateMax", "DelegateCur"])
            w.WriteNumber(name, name.StartsWith('P') ? 2 : 5);
        w.WriteEndObject();
    }
}
