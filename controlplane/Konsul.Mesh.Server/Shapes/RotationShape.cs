using System.Text.Json;
using Konsul.Mesh.Ca.Rotation;
using Konsul.Mesh.Server.Certificates;
using Konsul.Mesh.State.Authority;

namespace Konsul.Mesh.Server.Shapes;

/// <summary>The CA's configuration, and how far a change of roots has come.</summary>
internal static class RotationShape
{
    public static void WriteConfiguration(Utf8JsonWriter writer, CaSettings settings, CaTable ca)
    {
        writer.WriteStartObject();
        writer.WriteString("Provider", "consul");
        writer.WriteStartObject("Config");
        writer.WriteDuration("LeafCertTTL", settings.LeafTtl);
        writer.WriteDuration("RootCertTTL", settings.RootTtl);
        writer.WriteNumber("CSRMaxPerSecond", settings.CsrMaxPerSecond);
        writer.WriteNumber("CSRMaxConcurrent", settings.CsrMaxConcurrent);
        writer.WriteString("PrivateKeyType", settings.KeyType);
        writer.WriteNumber("PrivateKeyBits", settings.KeyBits);
        writer.WriteEndObject();
        writer.WriteNull("State");
        writer.WriteBoolean("ForceWithoutCrossSigning", false);
        writer.WriteIndexes(ca.Config?.CreateIndex ?? ca.Roots.Min(r => r.CreateIndex), ca.Config?.ModifyIndex ?? ca.Roots.Min(r => r.CreateIndex));
        writer.WriteEndObject();
    }

    public static void WriteRotation(Utf8JsonWriter writer, CaTable ca, RotationFacts facts, RotationPolicy policy, (int Servers, int Proxies) missing)
    {
        writer.WriteStartObject();
        writer.WriteString("Stage", facts.Stage switch
        {
            RotationStage.Publishing => "publishing",
            RotationStage.Retiring => "retiring",
            _ => "idle",
        });
        writer.WriteString("ActiveRootID", facts.Active.Id);
        writer.WriteTime("ActiveNotAfter", facts.Active.NotAfter);
        writer.WriteTime("RotatesAt", policy.RenewAt(facts.Active));
        if (ca.Rotation is { } rotation)
        {
            writer.WriteStartObject("Publishing");
            writer.WriteString("RootID", rotation.RootId);
            writer.WriteString("Reason", rotation.Reason);
            writer.WriteTime("StartedAt", rotation.StartedAt);
            writer.WriteTime("WaitUntil", rotation.WaitUntil);
            writer.WriteBoolean("CrossSigned", ca.Roots.First(r => r.Id == rotation.RootId).CrossSigned is not null);
            writer.WriteNumber("ServersBehind", missing.Servers);
            writer.WriteNumber("ProxiesBehind", missing.Proxies);
            writer.WriteEndObject();
        }

        writer.WritePropertyName("Retiring");
        writer.WriteList(ca.Roots.Where(r => r.RotatedOutAt is not null), static (w, root) =>
        {
            w.WriteStartObject();
            w.WriteString("RootID", root.Id);
            w.WriteTime("RotatedOutAt", root.RotatedOutAt ?? default);
            w.WriteTime("TrustedUntil", root.TrustedUntil ?? default);
            w.WriteEndObject();
        });
        writer.WriteEndObject();
    }
}
