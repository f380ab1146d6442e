using System.Buffers.Binary;
using Konsul.Mesh.State.Collections;
using Konsul.Mesh.State.Kv;
using Konsul.Mesh.State.Snapshots;

namespace Konsul.Mesh.State;

/// <summary>
/// A short value that is equal for equal states, however they came to be: by the same commands, or by a snapshot and the commands behind it. The
/// sum of the hashes of all rows, so a command costs the rows that it changed: what they were is subtracted, what they are is added. Against
/// errors of programs and machines; two states made to collide by intent are none of its concern.
/// </summary>
public sealed class StateDigest
{
    /// <summary>Of the way it is computed. Only digests of the same one can be compared, and only of programs that write rows alike.</summary>
    public const int Version = 2;

    private readonly RowForm _form = new();
    private UInt128 _rows;

    internal StateDigest()
    {
    }

    /// <summary>The digest of a view, on any thread.</summary>
    public static UInt128 Of(StateView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        var form = new RowForm();
        Span<byte> rows = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(rows, view.RowDigest);
        form.Numbers(BinaryPrimitives.ReadUInt64LittleEndian(rows), BinaryPrimitives.ReadUInt64LittleEndian(rows[8..]));
        form.TableIndexes(view);
        form.Numbers(view.Sessions.Tables.Index);
        form.Text(view.Kv.Tables.History.Hand);
        form.Json(view.Cluster.Autopilot, StateJson.Default.AutopilotConfig);
        if (view.Ca is { } ca)
        {
            form.Json(ca, StateJson.Default.CaTable);
        }

        return RowHash.Of(form.Written);
    }

    /// <summary>Of one row as a snapshot holds it. Only for rows whose bytes every program writes alike, which those in JSON are not.</summary>
    /// <param name="table">Of the row.</param>
    /// <param name="record">The record's header, which is written over, and the row.</param>
    internal static UInt128 OfRow(SnapshotTable table, Span<byte> record)
    {
        var counted = record[(SnapshotFormat.RecordHeaderSize - 8)..];
        BinaryPrimitives.WriteUInt64LittleEndian(counted, (ulong)table);
        return RowHash.Of(counted);
    }

    /// <summary>The sum over the rows of <paramref name="after"/>, from that of <paramref name="before"/>.</summary>
    internal UInt128 RowsOf(StateView before, StateView after)
    {
        _rows = before.RowDigest;
        var (b, a) = (before.Catalog.Tables, after.Catalog.Tables);
        Count(SnapshotTable.Nodes, b.Nodes, a.Nodes, static (form, _, row) => form.Json(row, StateJson.Default.Node));
        Count(SnapshotTable.Instances, b.Instances, a.Instances, static (form, _, row) => form.Json(row, StateJson.Default.ServiceInstance));
        Count(SnapshotTable.Checks, b.Checks, a.Checks, static (form, _, row) => form.Json(row, StateJson.Default.HealthCheck));
        Count(SnapshotTable.ServiceIndexes, b.ServiceIndexes, a.ServiceIndexes, static (form, key, index) => form.Index(key, index));
        Count(SnapshotTable.ConnectIndexes, b.ConnectIndexes, a.ConnectIndexes, static (form, key, index) => form.Index(key, index));
        Count(SnapshotTable.NodeIndexes, b.NodeIndexes, a.NodeIndexes, static (form, key, index) => form.Index(key, index));
        Count(SnapshotTable.Kv, before.Kv.Tables.Entries, after.Kv.Tables.Entries, static (form, key, row) =>
        {
            if (row.IsPlain)
            {
                form.Kv(key, row);
            }
            else
            {
                form.HeldKv(key, row);
            }
        });
        Count(SnapshotTable.Tombstones, before.Kv.Tables.Tombstones, after.Kv.Tables.Tombstones, static (form, key, index) => form.Index(key, index));
        Count(
            SnapshotTable.Intentions, before.Intentions.Tables.Intentions, after.Intentions.Tables.Intentions,
            static (form, _, row) => form.Json(row, StateJson.Default.Intention));
        var (was, now) = (before.Cluster.Tables, after.Cluster.Tables);
        Count(SnapshotTable.Servers, was.Servers, now.Servers, static (form, _, row) => form.Json(row, StateJson.Default.ServerMember));
        Count(SnapshotTable.Staged, was.Staged, now.Staged, static (form, _, row) => form.Json(row, StateJson.Default.StagedPiece));
        Count(SnapshotTable.RemovedServers, was.Removed, now.Removed, static (form, key, _) => form.Text(key));
        MapDifference.Visit(
            before.Kv.Tables.History.Rows, after.Kv.Tables.History.Rows, this,
            static (s, key, kept) => s._rows -= s.Past(key, kept), static (s, key, kept) => s._rows += s.Past(key, kept));
        Count(SnapshotTable.Deadlines, before.DeadlineTable.Rows, after.DeadlineTable.Rows, static (form, _, row) => form.Deadline(row));
        Count(
            SnapshotTable.Sessions, before.Sessions.Tables.Sessions, after.Sessions.Tables.Sessions,
            static (form, _, row) => form.Json(row, StateJson.Default.Session));
        var (configBefore, configAfter) = (before.Config.Tables, after.Config.Tables);
        Count(SnapshotTable.ConfigEntries, configBefore.Entries, configAfter.Entries, static (form, _, row) => form.Json(row, StateJson.Default.ConfigEntry));
        Count(SnapshotTable.ConfigIndexes, configBefore.Indexes, configAfter.Indexes, static (form, key, index) => form.Index(key, index));
        Count(SnapshotTable.PreparedQueries, configBefore.Queries, configAfter.Queries, static (form, _, row) => form.Json(row, StateJson.Default.PreparedQuery));
        var (old, young) = (before.Network.Tables, after.Network.Tables);
        Count(SnapshotTable.Events, old.Events, young.Events, static (form, _, row) => form.Json(row, StateJson.Default.UserEvent));
        Count(SnapshotTable.Coordinates, old.Coordinates, young.Coordinates, static (form, _, row) => form.Json(row, StateJson.Default.NetworkCoordinate));
        return _rows;
    }

    private void Count<TKey, TValue>(
        SnapshotTable table, PersistentMap<TKey, TValue> before, PersistentMap<TKey, TValue> after, Action<RowForm, TKey, TValue> write)
    {
        MapDifference.Visit(
            before, after, (this, table, write),
            static (s, key, row) => s.Item1._rows -= s.Item1.Row(s.table, s.write, key, row),
            static (s, key, row) => s.Item1._rows += s.Item1.Row(s.table, s.write, key, row));
    }

    private UInt128 Past(string key, KvPast[] kept)
    {
        UInt128 sum = 0;
        foreach (var past in kept)
        {
            sum += past.Digest ??= Row(SnapshotTable.KvPast, static (form, k, row) => form.KvPast(k, row), key, past);
        }

        return sum;
    }

    private UInt128 Row<TKey, TValue>(SnapshotTable table, Action<RowForm, TKey, TValue> write, TKey key, TValue row)
    {
        _form.Clear();
        _form.Numbers((ulong)table);
        write(_form, key, row);
        return RowHash.Of(_form.Written);
    }
}
