using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.State.Authority;
using Konsul.Mesh.State.Catalog;
using Konsul.Mesh.State.Cluster;
using Konsul.Mesh.State.Collections;
using Konsul.Mesh.State.Intentions;
using Konsul.Mesh.State.Kv;

namespace Konsul.Mesh.State.Snapshots;

/// <summary>Reads a snapshot whole and verifies it before anything is published.</summary>
internal sealed class SnapshotReader
{
    private readonly Stream _source;
    private readonly ulong[] _counts = new ulong[SnapshotFormat.Tables];
    private readonly List<KeyValuePair<string, Node>> _nodes = [];
    private readonly List<ServiceInstance> _instances = [];
    private readonly List<HealthCheck> _checks = [];
    private readonly List<KeyValuePair<string, ulong>> _serviceIndexes = [];
    private readonly List<KeyValuePair<string, ulong>> _connectIndexes = [];
    private readonly List<KeyValuePair<string, ulong>> _nodeIndexes = [];
    private readonly List<KeyValuePair<string, KvRow>> _kv = [];
    private readonly List<KeyValuePair<string, ulong>> _tombstones = [];
    private readonly List<Intention> _intentions = [];
    private readonly List<ServerMember> _servers = [];
    private readonly List<StagedPiece> _staged = [];
    private readonly ulong[] _indexes = new ulong[10];
    private readonly List<KeyValuePair<string, bool>> _removed = [];
    private AutopilotConfig _autopilot = new();
    private CaTable? _ca;
    private uint _version;
    private byte[] _buffer = new byte[4096];
    private uint _crc = uint.MaxValue;
    private long _offset;
    private SnapshotTable _table;

    private SnapshotReader(Stream source) => _source = source;

    public static StateView Read(Stream source) => new SnapshotReader(source).Read();

    private StateView Read()
    {
        var index = ReadHeader();
        while (true)
        {
            var start = _offset;
            var payload = ReadRecord();
            if (_table == SnapshotTable.End)
            {
                CheckEnd(start, payload);
                return Build(index);
            }

            try
            {
                Take(payload);
            }
            catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException or FormatException)
            {
                throw new SnapshotDamagedException(start, $"a record of {_table} does not parse: {e.Message}");
            }
        }
    }

    private ulong ReadHeader()
    {
        var header = Fill(SnapshotFormat.HeaderSize, 0, "the header");
        if (!header[..8].SequenceEqual(SnapshotFormat.Magic))
        {
            throw new SnapshotDamagedException(0, "it does not start like a snapshot.");
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(header[24..]) != SnapshotFormat.Crc(header[..24]))
        {
            throw new SnapshotDamagedException(0, "the header's checksum does not match.");
        }

        _version = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        return _version is SnapshotFormat.Version or SnapshotFormat.FirstVersion
            ? BinaryPrimitives.ReadUInt64LittleEndian(header[16..])
            : throw new SnapshotDamagedException(8, $"it has version {_version}, this program reads up to {SnapshotFormat.Version}.");
    }

    private ReadOnlySpan<byte> ReadRecord()
    {
        var start = _offset;
        var header = Fill(SnapshotFormat.RecordHeaderSize, start, "a record's header");
        var table = (SnapshotTable)header[0];
        var length = BinaryPrimitives.ReadInt32LittleEndian(header[1..]);
        var expected = BinaryPrimitives.ReadUInt32LittleEndian(header[5..]);
        var crc = SnapshotFormat.Crc(header[..5]);
        if (length is < 0 or > SnapshotFormat.MaxPayload || !Enum.IsDefined(table))
        {
            throw new SnapshotDamagedException(start, $"a record of table {(byte)table} and length {length} cannot be.");
        }

        var payload = Fill(length, start, $"a record of {table}");
        if (SnapshotFormat.Crc(payload, crc) != expected)
        {
            throw new SnapshotDamagedException(start, $"the checksum of a record of {table} does not match.");
        }

        _table = table;
        if (table != SnapshotTable.End)
        {
            _crc = SnapshotFormat.Crc(payload, _crc);
            _counts[(int)table - 1]++;
        }

        return payload;
    }

    private void CheckEnd(long start, ReadOnlySpan<byte> payload)
    {
        var tables = _version == SnapshotFormat.FirstVersion ? SnapshotFormat.FirstTables : SnapshotFormat.Tables;
        if (payload.Length != (8 * tables) + 4)
        {
            throw new SnapshotDamagedException(start, "the end record has the wrong size.");
        }

        for (var i = 0; i < tables; i++)
        {
            var count = BinaryPrimitives.ReadUInt64LittleEndian(payload[(8 * i)..]);
            if (count != _counts[i])
            {
                throw new SnapshotDamagedException(start, $"{count} records of {(SnapshotTable)(i + 1)} were written, {_counts[i]} are there.");
            }
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(payload[(8 * tables)..]) != _crc)
        {
            throw new SnapshotDamagedException(start, "the checksum over all records does not match.");
        }

        if (_source.ReadByte() >= 0)
        {
            throw new SnapshotDamagedException(_offset, "there are bytes behind the end.");
        }
    }

    private void Take(ReadOnlySpan<byte> payload)
    {
        switch (_table)
        {
            case SnapshotTable.Nodes:
                var node = Json(payload, StateJson.Default.Node);
                _nodes.Add(new(node.Name, node));
                break;
            case SnapshotTable.Instances:
                _instances.Add(Json(payload, StateJson.Default.ServiceInstance));
                break;
            case SnapshotTable.Checks:
                _checks.Add(Json(payload, StateJson.Default.HealthCheck));
                break;
            case SnapshotTable.ServiceIndexes:
                _serviceIndexes.Add(new(TakeString(ref payload), TakeNumber(ref payload)));
                break;
            case SnapshotTable.ConnectIndexes:
                _connectIndexes.Add(new(TakeString(ref payload), TakeNumber(ref payload)));
                break;
            case SnapshotTable.NodeIndexes:
                _nodeIndexes.Add(new(TakeString(ref payload), TakeNumber(ref payload)));
                break;
            case SnapshotTable.Kv:
                var key = TakeString(ref payload);
                var (flags, create, modify) = (TakeNumber(ref payload), TakeNumber(ref payload), TakeNumber(ref payload));
                _kv.Add(new(key, new KvRow(payload.ToArray(), flags, create, modify)));
                break;
            case SnapshotTable.Tombstones:
                _tombstones.Add(new(TakeString(ref payload), TakeNumber(ref payload)));
                break;
            case SnapshotTable.Intentions:
                _intentions.Add(Json(payload, StateJson.Default.Intention));
                break;
            case SnapshotTable.Ca:
                _ca = Json(payload, StateJson.Default.CaTable);
                break;
            case SnapshotTable.TableIndexes:
                for (var i = 0; !payload.IsEmpty && i < _indexes.Length; i++)
                {
                    _indexes[i] = TakeNumber(ref payload);
                }

                break;
            case SnapshotTable.Servers:
                _servers.Add(Json(payload, StateJson.Default.ServerMember));
                break;
            case SnapshotTable.Staged:
                _staged.Add(Json(payload, StateJson.Default.StagedPiece));
                break;
            case SnapshotTable.RemovedServers:
                _removed.Add(new(TakeString(ref payload), true));
                break;
            case SnapshotTable.Autopilot:
                _autopilot = Json(payload, StateJson.Default.AutopilotConfig);
                break;
        }
    }

    private StateView Build(ulong index)
    {
        try
        {
            var catalog = new CatalogTables
            {
                Nodes = Map(_nodes),
                Instances = Map(_instances.Select(i => new KeyValuePair<CompositeKey, ServiceInstance>(new(i.Node, i.Id), i))),
                ByService = Map(_instances.Select(i => new KeyValuePair<CompositeKey, ServiceInstance>(new(i.Name, i.Node, i.Id), i))),
                ByDestination = Map(_instances.Where(i => CatalogWriter.Destination(i) is not null)
                    .Select(i => new KeyValuePair<CompositeKey, ServiceInstance>(new(CatalogWriter.Destination(i)!, i.Node, i.Id), i))),
                Checks = Map(_checks.Select(c => new KeyValuePair<CompositeKey, HealthCheck>(new(c.Node, c.CheckId), c))),
                ChecksByInstance = Map(_checks.Select(c => new KeyValuePair<CompositeKey, HealthCheck>(new(c.Node, c.ServiceId, c.CheckId), c))),
                ServiceIndexes = Map(_serviceIndexes),
                ConnectIndexes = Map(_connectIndexes),
                NodeIndexes = Map(_nodeIndexes),
                NodesIndex = _indexes[0],
                ServicesIndex = _indexes[1],
                ChecksIndex = _indexes[2],
                ExtinctionIndex = _indexes[3],
                ConnectExtinctionIndex = _indexes[4],
            };
            var graves = _tombstones.Select(t => new KeyValuePair<(ulong, string), bool>((t.Value, t.Key), true)).OrderBy(t => t.Key, KvTables.ByAge);
            var kv = new KvTables
            {
                Entries = Map(_kv),
                Tombstones = Map(_tombstones),
                TombstonesByAge = PersistentMap<(ulong, string), bool>.FromSorted(KvTables.ByAge, [.. graves]),
                Index = _indexes[5],
                ReapedIndex = _indexes[6],
            };
            var intentions = new IntentionTables
            {
                Intentions = Map(_intentions.Select(i => new KeyValuePair<CompositeKey, Intention>(new(i.DestinationName, i.SourceName), i))),
                ById = Map(_intentions.OrderBy(i => i.Id, StringComparer.Ordinal)
                    .Select(i => new KeyValuePair<string, CompositeKey>(i.Id, new(i.DestinationName, i.SourceName))).ToList()),
                Index = _indexes[7],
            };
            var cluster = new ClusterTables
            {
                Servers = Map(_servers.ConvertAll(s => new KeyValuePair<string, ServerMember>(s.Id, s))),
                Staged = Map(_staged.ConvertAll(p => new KeyValuePair<string, StagedPiece>(p.Key, p))),
                Removed = Map(_removed),
                Autopilot = _autopilot,
                Index = _indexes[9],
            };
            return new StateView(index, _indexes[8], catalog, kv, intentions, _ca, cluster);
        }
        catch (ArgumentException e)
        {
            throw new SnapshotDamagedException(_offset, $"the records are out of order: {e.Message}");
        }
    }

    private static PersistentMap<string, T> Map<T>(List<KeyValuePair<string, T>> items) =>
        PersistentMap<string, T>.FromSorted(StringComparer.Ordinal, items);

    private static PersistentMap<CompositeKey, T> Map<T>(IEnumerable<KeyValuePair<CompositeKey, T>> items) =>
        PersistentMap<CompositeKey, T>.FromSorted(CompositeKey.Order, [.. items.OrderBy(i => i.Key, CompositeKey.Order)]);

    private static T Json<T>(ReadOnlySpan<byte> payload, JsonTypeInfo<T> type)
        where T : class => JsonSerializer.Deserialize(payload, type) ?? throw new FormatException("null");

    private static string TakeString(ref ReadOnlySpan<byte> payload)
    {
        var size = BinaryPrimitives.ReadInt32LittleEndian(payload);
        var text = Encoding.UTF8.GetString(payload.Slice(4, size));
        payload = payload[(4 + size)..];
        return text;
    }

    private static ulong TakeNumber(ref ReadOnlySpan<byte> payload)
    {
        var number = BinaryPrimitives.ReadUInt64LittleEndian(payload);
        payload = payload[8..];
        return number;
    }

    private ReadOnlySpan<byte> Fill(int size, long start, string what)
    {
        if (_buffer.Length < size)
        {
            _buffer = new byte[Math.Max(size, _buffer.Length * 2)];
        }

        var read = _source.ReadAtLeast(_buffer.AsSpan(0, size), size, throwOnEndOfStream: false);
        if (read < size)
        {
            throw new SnapshotDamagedException(start, $"it ends inside {what} that starts here.");
        }

        _offset += size;
        return _buffer.AsSpan(0, size);
    }
}
