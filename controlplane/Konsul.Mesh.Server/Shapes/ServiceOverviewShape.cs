using System.Text.Json;
using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.Server.Shapes;

/// <summary>ServiceSummary, as the web UI lists services.</summary>
internal static class ServiceOverviewShape
{
    public static void Write(Utf8JsonWriter w, ServiceOverview overview)
    {
        w.WriteStartObject();
        w.WriteNonEmpty("Kind", ServiceShape.KindWord(overview.Kind));
        w.WriteString("Name", overview.Name);
        w.WriteString("Datacenter", overview.Datacenter);
        w.WriteStrings("Tags", overview.Tags);
        w.WriteStrings("Nodes", overview.Nodes);
        w.WriteStrings("ExternalSources", overview.ExternalSources);
        w.WriteNumber("InstanceCount", overview.Instances);
        w.WriteNumber("ChecksPassing", overview.Checks.Count(c => c == CheckStatus.Passing));
        w.WriteNumber("ChecksWarning", overview.Checks.Count(c => c == CheckStatus.Warning));
        w.WriteNumber("ChecksCritical", overview.Checks.Count(c => c == CheckStatus.Critical));
        w.WriteStartObject("GatewayConfig");
        w.WriteEndObject();
        w.WriteBoolean("TransparentProxy", false);
        w.WriteBoolean("ConnectNative", overview.ConnectNative);
        w.WriteBoolean("ConnectedWithProxy", overview.HasSidecar);
        w.WriteBoolean("ConnectedWithGateway", false);
        w.WriteEndObject();
    }
}
