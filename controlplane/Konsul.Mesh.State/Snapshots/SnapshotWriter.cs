using System.Buffers.Binary;
using System.Text.Json.Serialization.Metadata;

namespace Konsul.Mesh.State.Snapshots;

/// <summary>Writes a view in the order of its keys: equal content gives equal bytes.</summary>
internal sealed class SnapshotWriter
{
    private readonly Stream _destination;
    private readonly ulong[] _counts = new ulong[SnapshotFormat.Tables];
    private readonly RowForm _row = new();
    private uint _crc = uint.MaxValue;

    private SnapshotWriter(Stream destination) => _destination = destination;

    public static void Write(StateView view, Stream destination)
    {
        Span<byte> header = stackalloc byte[SnapshotFormat.HeaderSize];
        header.Clear();
        SnapshotFormat.Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], SnapshotFormat.Version);
        BinaryPrimitives.WriteUInt64LittleEndian(header[16..], view.Index);
        BinaryPrimitives.WriteUInt32LittleEndian(header[24..], SnapshotFormat.Crc(header[..24]));
        destination.Write(header);
        new SnapshotWriter(destination).WriteContent(view);
    }

    /// <summary>The records without the header: the content, whatever index it was reached at.</summary>
    public static void WriteRecords(StateView view, Stream destination) => new SnapshotWriter(destination).WriteContent(view);

    private void WriteContent(StateView view)
    {
        var catalog = view.Catalog.Tables;
        WriteJson(SnapshotTable.Nodes, catalog.Nodes.Select(e => e.Value), StateJson.Default.Node);
        WriteJson(SnapshotTable.Instances, catalog.Instances.Select(e => e.Value), StateJson.Default.ServiceInstance);
        WriteJson(SnapshotTable.Checks, catalog.Checks.Select(e => e.Value), StateJson.Default.HealthCheck);
        WriteIndexes(SnapshotTable.ServiceIndexes, catalog.ServiceIndexes);
        WriteIndexes(SnapshotTable.ConnectIndexes, catalog.ConnectIndexes);
        WriteIndexes(SnapshotTable.NodeIndexes, catalog.NodeIndexes);
        foreach (var (key, row) in view.Kv.Tables.Entries)
        {
            if (row.IsPlain)
            {
                _row.Kv(key, row);
                Flush(SnapshotTable.Kv);
            }
        }

        WriteIndexes(SnapshotTable.Tombstones, view.Kv.Tables.Tombstones);
        WriteJson(SnapshotTable.Intentions, view.Intentions.Tables.Intentions.Select(e => e.Value), StateJson.Default.Intention);
        WriteJson(SnapshotTable.Ca, view.Ca is { } ca ? [ca] : [], StateJson.Default.CaTable);
        _row.TableIndexes(view);
        Flush(SnapshotTable.TableIndexes);
        WriteJson(SnapshotTable.Servers, view.Cluster.Servers, StateJson.Default.ServerMember);
        WriteJson(SnapshotTable.Staged, view.Cluster.Tables.Staged.Select(e => e.Value), StateJson.Default.StagedPiece);
        WriteJson(SnapshotTable.Autopilot, view.Cluster.Autopilot.ModifyIndex > 0 ? [view.Cluster.Autopilot] : [], StateJson.Default.AutopilotConfig);
        foreach (var id in view.Cluster.Removed)
        {
            _row.Text(id);
            Flush(SnapshotTable.RemovedServers);
        }

        WriteSessions(view);
        WriteJson(SnapshotTable.ConfigEntries, view.Config.Tables.Entries.Select(e => e.Value), StateJson.Default.ConfigEntry);
        WriteIndexes(SnapshotTable.ConfigIndexes, view.Config.Tables.Indexes);
        WriteJson(SnapshotTable.PreparedQueries, view.Queries.All, StateJson.Default.PreparedQuery);
        WriteJson(SnapshotTable.Events, view.Network.Events, StateJson.Default.UserEvent);
        WriteJson(SnapshotTable.Coordinates, view.Network.Coordinates, StateJson.Default.NetworkCoordinate);
        _row.Numbers(_counts);
        _row.Checksum(_crc);
        Flush(SnapshotTable.End);
        _destination.Flush();
    }

    private void WriteSessions(StateView view)
    {
        foreach (var (key, row) in view.Kv.Tables.Entries.Where(e => !e.Value.IsPlain))
        {
            _row.HeldKv(key, row);
            Flush(SnapshotTable.HeldKv);
        }

        foreach (var (key, kept) in view.Kv.Tables.History.Rows)
        {
            foreach (var past in kept)
            {
                _row.KvPast(key, past);
                Flush(SnapshotTable.KvPast);
            }
        }

        foreach (var deadline in view.Deadlines)
        {
            _row.Deadline(deadline);
            Flush(SnapshotTable.Deadlines);
        }

        WriteJson(SnapshotTable.Sessions, view.Sessions.Tables.Sessions.Select(e => e.Value), StateJson.Default.Session);
        _row.Numbers(view.Sessions.Tables.Index);
        Flush(SnapshotTable.SessionsIndex);
        _row.Text(view.Kv.Tables.History.Hand);
        Flush(SnapshotTable.KvHistoryHand);
    }

    private void WriteJson<T>(SnapshotTable table, IEnumerable<T> values, JsonTypeInfo<T> type)
    {
        foreach (var value in values)
        {
            _row.Json(value, type);
            Flush(table);
        }
    }

    private void WriteIndexes(SnapshotTable table, Collections.PersistentMap<string, ulong> indexes)
    {
        foreach (var (key, index) in indexes)
        {
            _row.Index(key, index);
            Flush(table);
        }
    }

    private void Flush(SnapshotTable table)
    {
        var payload = _row.Written;
        Span<byte> header = stackalloc byte[SnapshotFormat.RecordHeaderSize];
        header[0] = (byte)table;
        BinaryPrimitives.WriteInt32LittleEndian(header[1..], payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[5..], SnapshotFormat.Crc(payload, SnapshotFormat.Crc(header[..5])));
        _destination.Write(header);
        _destination.Write(payload);
        if (table != SnapshotTable.End)
        {
            _counts[(int)table - 1]++;
            _crc = SnapshotFormat.Crc(payload, _crc);
        }

        _row.Clear();
    }
}
