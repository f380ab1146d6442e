using System.Text.Json;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.Shapes;

internal static class CheckShape
{
    public static string StatusWord(CheckStatus status) => status switch
    {
        CheckStatus.Passing => "passing",
        CheckStatus.Warning => "warning",
        _ => "critical",
    };

    public static void Write(Utf8JsonWriter writer, HealthCheck check)
    {
        var definition = check.Definition;
        writer.WriteStartObject();
        writer.WriteString("Node", check.Node);
        writer.WriteString("CheckID", check.CheckId);
        writer.WriteString("Name", check.Name);
        writer.WriteString("Status", StatusWord(check.Status));
        writer.WriteString("Notes", check.Notes);
        writer.WriteString("Output", check.Output);
        writer.WriteString("ServiceID", check.ServiceId);
        writer.WriteString("ServiceName", check.ServiceName);
        writer.WriteStrings("ServiceTags", check.ServiceTags);
        writer.WriteString("Type", check.Type);
        writer.WriteString("Interval", definition.Interval == default ? "" : DurationText.Format(definition.Interval));
        writer.WriteString("Timeout", definition.Timeout == default ? "" : DurationText.Format(definition.Timeout));
        writer.WriteNumber("ExposedPort", 0);
        writer.WritePropertyName("Definition");
        WriteDefinition(writer, definition);
        writer.WriteIndexes(check.CreateIndex, check.ModifyIndex);
        writer.WriteEndObject();
    }

    private static void WriteDefinition(Utf8JsonWriter writer, CheckDefinition definition)
    {
        writer.WriteStartObject();
        writer.WriteNonEmpty("HTTP", definition.Http);
        writer.WriteNonEmpty("Method", definition.Method);
        writer.WriteNonEmpty("Body", definition.Body);
        if (!definition.Header.IsEmpty)
        {
            writer.WriteStartObject("Header");
            foreach (var (name, values) in definition.Header)
                writer.WriteStrings(name, values);
            writer.WriteEndObject();
        }

        WriteFlag(writer, "TLSSkipVerify", definition.TlsSkipVerify);
        writer.WriteNonEmpty("TLSServerName", definition.TlsServerName);
        writer.WriteNonEmpty("TCP", definition.Tcp);
        WriteFlag(writer, "TCPUseTLS", definition.TcpUseTls);
        writer.WriteNonEmpty("UDP", definition.Udp ?? "");
        writer.WriteNonEmpty("GRPC", definition.Grpc ?? "");
        WriteFlag(writer, "GRPCUseTLS", definition.GrpcUseTls);
        writer.WriteNonEmpty("H2PING", definition.H2Ping ?? "");
        WriteFlag(writer, "H2PingUseTLS", definition.H2Ping is not null && !definition.H2PingPlain);
        if (definition.ScriptArgs is { } args)
            writer.WriteStrings("ScriptArgs", args);
        WriteFlag(writer, "DisableRedirects", definition.DisableRedirects);
        writer.WriteNonEmpty("AliasNode", definition.AliasNode);
        writer.WriteNonEmpty("AliasService", definition.AliasService);
        WriteSet(writer, "TTL", definition.Ttl);
        WriteSet(writer, "Interval", definition.Interval);
        WriteSet(writer, "Timeout", definition.Timeout);
        WriteSet(writer, "DeregisterCriticalServiceAfter", definition.DeregisterCriticalServiceAfter);
        writer.WriteEndObject();
    }

    private static void WriteFlag(Utf8JsonWriter writer, string name, bool value)
    {
        if (value)
            writer.WriteBoolean(name, true);
    }

    private static void WriteSet(Utf8JsonWriter writer, string name, TimeSpan value)
    {
        if (value != default)
            writer.WriteDuration(name, value);
    }
}
