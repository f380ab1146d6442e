using System.Text.Json;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Chains;
using Konsul.Mesh.Model.ConfigEntries;

namespace Konsul.Mesh.Server.Shapes;

internal static class ChainShape
{
    public static void Write(Utf8JsonWriter writer, DiscoveryChain chain)
    {
        writer.WriteStartObject();
        writer.WriteString("ServiceName", chain.ServiceName);
        WriteTenancy(writer);
        writer.WriteString("Datacenter", chain.Datacenter);
        writer.WriteNonEmpty("CustomizationHash", chain.CustomizationHash);
        if (chain.IsDefault)
            writer.WriteBoolean("Default", true);
        writer.WriteString("Protocol", chain.Protocol);
        writer.WriteString("StartNode", chain.StartNode);
        writer.WriteStartObject("Nodes");
        foreach (var (key, node) in chain.Nodes)
        {
            writer.WritePropertyName(key);
            Write(writer, node);
        }

        writer.WriteEndObject();
        writer.WriteStartObject("Targets");
        foreach (var (id, target) in chain.Targets)
        {
            writer.WritePropertyName(id);
            Write(writer, target);
        }

        writer.WriteEndObject();
        writer.WriteStrings("AutoVirtualIPs", []);
        writer.WriteStrings("ManualVirtualIPs", []);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, ChainNode node)
    {
        writer.WriteStartObject();
        writer.WriteString("Type", node.Type);
        writer.WriteString("Name", node.Name);
        switch (node)
        {
            case RouterNode router:
                writer.WritePropertyName("Routes");
                writer.WriteList(router.Routes, static (w, route) =>
                {
                    w.WriteStartObject();
                    w.WritePropertyName("Definition");
                    ConfigEntryWriter.WritePart(w, route.Definition);
                    w.WriteString("NextNode", route.NextNode);
                    w.WriteNonEmpty("MirrorNode", route.MirrorNode);
                    w.WriteEndObject();
                });
                break;
            case SplitterNode splitter:
                writer.WritePropertyName("Splits");
                writer.WriteList(splitter.Splits, static (w, split) =>
                {
                    w.WriteStartObject();
                    w.WritePropertyName("Definition");
                    ConfigEntryWriter.WritePart(w, split.Definition);
                    w.WriteNumber("Weight", split.Weight);
                    w.WriteString("NextNode", split.NextNode);
                    w.WriteEndObject();
                });
                break;
            case ResolverNode resolver:
                WriteResolver(writer, resolver);
                break;
        }

        writer.WriteEndObject();
    }

    private static void WriteResolver(Utf8JsonWriter writer, ResolverNode resolver)
    {
        writer.WriteStartObject("Resolver");
        if (resolver.IsDefault)
            writer.WriteBoolean("Default", true);
        writer.WriteDuration("ConnectTimeout", resolver.ConnectTimeout);
        if (resolver.RequestTimeout > TimeSpan.Zero)
            writer.WriteDuration("RequestTimeout", resolver.RequestTimeout);
        writer.WriteString("Target", resolver.Target);
        if (!resolver.FailoverTargets.IsEmpty)
        {
            writer.WriteStartObject("Failover");
            writer.WriteStrings("Targets", resolver.FailoverTargets);
            if (resolver.FailoverPolicy is { } policy)
            {
                writer.WritePropertyName("Policy");
                ConfigEntryWriter.WritePart(writer, policy);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        if (resolver.LoadBalancer is { } balancer)
        {
            writer.WritePropertyName("LoadBalancer");
            ConfigEntryWriter.WritePart(writer, balancer);
        }
    }

    private static void Write(Utf8JsonWriter writer, ChainTarget target)
    {
        writer.WriteStartObject();
        writer.WriteString("ID", target.Id);
        writer.WriteString("Service", target.Service);
        writer.WriteNonEmpty("ServiceSubset", target.ServiceSubset);
        WriteTenancy(writer);
        if (target.Peer.Length > 0)
            writer.WriteString("Peer", target.Peer);
        else
            writer.WriteString("Datacenter", target.Datacenter);
        writer.WriteStartObject("MeshGateway");
        writer.WriteNonEmpty("Mode", target.MeshGatewayMode);
        writer.WriteEndObject();
        writer.WritePropertyName("Subset");
        ConfigEntryWriter.WritePart(writer, target.Subset);
        writer.WriteDuration("ConnectTimeout", target.ConnectTimeout);
        if (target.IsExternal)
            writer.WriteBoolean("External", true);
        writer.WriteString("SNI", target.Sni);
        writer.WriteString("Name", target.Name);
        writer.WriteEndObject();
    }

    private static void WriteTenancy(Utf8JsonWriter writer)
    {
        writer.WriteString("Namespace", Names.DefaultNamespace);
        writer.WriteString("Partition", "default");
    }
}
