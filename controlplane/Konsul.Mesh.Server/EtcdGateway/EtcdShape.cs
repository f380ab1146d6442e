using System.Globalization;
using System.Text;
using System.Text.Json;
using Konsul.Mesh.Model.Kv;

namespace Konsul.Mesh.Server.EtcdGateway;

/// <summary>Answers as etcd's gateway writes them: 64-bit numbers as strings, bytes as base64, nothing that is zero.</summary>
internal static class EtcdShape
{
    public static void WriteHeader(Utf8JsonWriter writer, EtcdHeader header)
    {
        writer.WriteStartObject("header");
        WriteNumber(writer, "cluster_id", header.Cluster);
        WriteNumber(writer, "member_id", header.Member);
        WriteNumber(writer, "revision", header.Revision);
        WriteNumber(writer, "raft_term", header.Term);
        writer.WriteEndObject();
    }

    public static void WriteNumber(Utf8JsonWriter writer, string name, ulong value)
    {
        if (value != 0)
            writer.WriteString(name, value.ToString(CultureInfo.InvariantCulture));
    }

    public static void WriteEntry(Utf8JsonWriter writer, KvEntry entry, bool keysOnly = false)
    {
        writer.WriteStartObject();
        writer.WriteBase64String("key", Encoding.UTF8.GetBytes(entry.Key));
        WriteNumber(writer, "create_revision", entry.CreateIndex);
        WriteNumber(writer, "mod_revision", entry.ModifyIndex);
        WriteNumber(writer, "version", entry.CreateIndex == 0 ? 0 : entry.Version);
        if (!keysOnly && !entry.Value.IsEmpty)
            writer.WriteBase64String("value", entry.Value.Span);
        WriteNumber(writer, "lease", (ulong)LeaseId.Of(entry.Session));
        writer.WriteEndObject();
    }

    public static void WriteEntries(Utf8JsonWriter writer, string name, IReadOnlyCollection<KvEntry> entries, bool keysOnly = false)
    {
        if (entries.Count == 0)
            return;
        writer.WriteStartArray(name);
        foreach (var entry in entries)
            WriteEntry(writer, entry, keysOnly);
        writer.WriteEndArray();
    }

    /// <summary>The fields of an answer to a range, behind the header.</summary>
    public static void WriteRange(Utf8JsonWriter writer, KeyRequest request, List<KvEntry> found)
    {
        IEnumerable<KvEntry> sorted = request.Target switch
        {
            SortTarget.Version => found.OrderBy(e => e.Version),
            SortTarget.Create => found.OrderBy(e => e.CreateIndex),
            SortTarget.Mod => found.OrderBy(e => e.ModifyIndex),
            SortTarget.Value => found.Order(Comparer<KvEntry>.Create(static (a, b) => a.Value.Span.SequenceCompareTo(b.Value.Span))),
            _ => found,
        };
        var shown = (request.Order == SortOrder.Descend ? sorted.Reverse() : sorted).ToList();
        var more = request.Limit > 0 && shown.Count > request.Limit;
        if (!request.CountOnly)
            WriteEntries(writer, "kvs", more ? shown[..(int)request.Limit] : shown, request.KeysOnly);
        if (more && !request.CountOnly)
            writer.WriteBoolean("more", true);
        WriteNumber(writer, "count", (ulong)found.Count);
    }

    /// <summary>The fields of an answer to a put or a deletion, behind the header.</summary>
    public static void WriteReplaced(Utf8JsonWriter writer, RequestOp step, List<KvEntry> found)
    {
        if (step.Delete is { } delete)
        {
            WriteNumber(writer, "deleted", (ulong)found.Count);
            if (delete.PrevKv)
                WriteEntries(writer, "prev_kvs", found);
        }
        else if (step.Put is { PrevKv: true } && found is [var before])
        {
            writer.WritePropertyName("prev_kv");
            WriteEntry(writer, before);
        }
    }
}
