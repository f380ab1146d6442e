using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Konsul.Mesh.State.Deadlines;
using Konsul.Mesh.State.Kv;

namespace Konsul.Mesh.State.Snapshots;

/// <summary>The bytes of one row, as snapshots hold them and as the digest counts them. Not thread-safe; the buffer is used again.</summary>
internal sealed class RowForm
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    public void Clear() => _bytes.ResetWrittenCount();

    public void Json<T>(T value, JsonTypeInfo<T> type)
    {
        using var json = new Utf8JsonWriter(_bytes);
        JsonSerializer.Serialize(json, value, type);
    }

    public void Index(string key, ulong index)
    {
        Text(key);
        Numbers(index);
    }

    public void Kv(string key, KvRow row)
    {
        Text(key);
        Numbers(row.Flags, row.CreateIndex, row.ModifyIndex);
        _bytes.Write(row.Value);
    }

    public void HeldKv(string key, KvRow row)
    {
        Text(key);
        Text(row.Session);
        Numbers(row.Flags, row.CreateIndex, row.ModifyIndex, row.Version, row.Hold?.LockIndex ?? 0, (ulong)(row.Hold?.Ttl.Ticks ?? 0));
        _bytes.Write(row.Value);
    }

    public void KvPast(string key, KvPast past)
    {
        Text(key);
        Numbers(past.Version, past.Flags, past.ModifyIndex, past.ReplacedIndex);
        _bytes.Write(past.Value);
    }

    public void Deadline(Deadline deadline)
    {
        Text(deadline.Key);
        Numbers((ulong)deadline.Kind, (ulong)deadline.After.Ticks, deadline.Since);
    }

    /// <summary>The indexes of the tables, in the order of the snapshot's record of them.</summary>
    public void TableIndexes(StateView view)
    {
        var catalog = view.Catalog.Tables;
        Numbers(catalog.NodesIndex, catalog.ServicesIndex, catalog.ChecksIndex, catalog.ExtinctionIndex, catalog.ConnectExtinctionIndex);
        Numbers(view.Kv.Tables.Index, view.Kv.Tables.ReapedIndex, view.Intentions.Tables.Index, view.IndexOffset, view.Cluster.Tables.Index);
    }

    public void Text(string text)
    {
        var size = Encoding.UTF8.GetByteCount(text);
        var span = _bytes.GetSpan(4 + size);
        BinaryPrimitives.WriteInt32LittleEndian(span, size);
        Encoding.UTF8.GetBytes(text, span[4..]);
        _bytes.Advance(4 + size);
    }

    public void Numbers(params ReadOnlySpan<ulong> numbers)
    {
        foreach (var number in numbers)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(_bytes.GetSpan(8), number);
            _bytes.Advance(8);
        }
    }

    public void Checksum(uint crc)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.GetSpan(4), crc);
        _bytes.Advance(4);
    }
}
