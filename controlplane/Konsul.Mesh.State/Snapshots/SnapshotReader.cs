using System.Buffers.Binary;
using System.Runtime.ExceptionServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.ConfigEntries;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.Model.Queries;
using Konsul.Mesh.Model.Sessions;
using Konsul.Mesh.State.Authority;
using Konsul.Mesh.State.Catalog;
using Konsul.Mesh.State.Cluster;
using Konsul.Mesh.State.Collections;
using Konsul.Mesh.State.ConfigEntries;
using Konsul.Mesh.State.Deadlines;
using Konsul.Mesh.State.Intentions;
using Konsul.Mesh.State.Kv;
using Konsul.Mesh.State.Network;
using Konsul.Mesh.State.Sessions;

namespace Konsul.Mesh.State.Snapshots;

/// <summary>
/// Reads a snapshot whole and verifies it before anything is published. While rows are made of one block on one core, another core reads and
/// verifies the next one; what comes of it does not depend on that.
/// </summary>
internal sealed class SnapshotReader
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly List<KeyValuePair<string, Node>> _nodes = [];
    private readonly List<ServiceInstance> _instances = [];
    private readonly List<HealthCheck> _checks = [];
    private readonly List<KeyValuePair<string, ulong>> _serviceIndexes = [];
    private readonly List<KeyValuePair<string, ulong>> _connectIndexes = [];
    private readonly List<KeyValuePair<string, ulong>> _nodeIndexes = [];
    private readonly MapBuilder<string, KvRow> _kv = new(StringComparer.Ordinal);
    private readonly List<KeyValuePair<string, ulong>> _tombstones = [];
    private readonly List<Intention> _intentions = [];
    private readonly List<ServerMember> _servers = [];
    private readonly List<StagedPiece> _staged = [];
    private readonly ulong[] _indexes = new ulong[10];
    private readonly List<KeyValuePair<string, bool>> _removed = [];
    private readonly List<KeyValuePair<string, KvPast>> _past = [];
    private readonly List<Deadline> _deadlines = [];
    private readonly List<Session> _sessions = [];
    private readonly List<KeyValuePair<string, KvRow>> _held = [];
    private ulong _sessionsIndex;
    private string _historyHand = "";
    private readonly List<ConfigEntry> _config = [];
    private readonly List<KeyValuePair<string, ulong>> _configIndexes = [];
    private readonly List<PreparedQuery> _queries = [];
    private readonly List<UserEvent> _events = [];
    private readonly List<NetworkCoordinate> _coordinates = [];
    private AutopilotConfig _autopilot = new();
    private CaTable? _ca;

    /// <summary>Of the rows of the KV table alone, the one that can be large: counted from the bytes that are read.</summary>
    private UInt128 _kvDigest;

    private SnapshotReader()
    {
    }

    /// <returns>With its row digest.</returns>
    /// <exception cref="SnapshotDamagedException">Names the offset.</exception>
    public static StateView Read(Stream source)
    {
        var (reader, blocks) = (new SnapshotReader(), new SnapshotBlocks(source));
        var (next, current) = (new SnapshotBlock(), new SnapshotBlock());
        var index = blocks.ReadHeader(current);
        blocks.Read(current, next);
        while (!next.IsLast)
        {
            (current, next) = (next, current);
            Both(() => reader.Take(current), () => blocks.Read(current, next));
        }

        reader.Take(next);
        return reader.Build(index, next.Offset + next.End);
    }

    /// <summary>Runs two things at once. If both fail, the error that is nearer to the start counts.</summary>
    private static void Both(Action first, Action second)
    {
        try
        {
            Parallel.Invoke(first, second);
        }
        catch (AggregateException e)
        {
            var nearest = e.InnerExceptions.OfType<SnapshotDamagedException>().MinBy(d => d.Offset) ?? e.InnerExceptions[0];
            ExceptionDispatchInfo.Throw(nearest);
        }
    }

    private void Take(SnapshotBlock block)
    {
        for (var at = 0; at < block.End;)
        {
            var (table, length) = (block.TableAt(at), block.LengthAt(at));
            try
            {
                var payload = block.Bytes.AsSpan(at + SnapshotFormat.RecordHeaderSize, length);
                if (table == SnapshotTable.Kv)
                {
                    TakeKv(payload);
                    _kvDigest += StateDigest.OfRow(table, block.Bytes.AsSpan(at, SnapshotFormat.RecordHeaderSize + length));
                }
                else
                {
                    Take(table, payload);
                }
            }
            catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException or FormatException)
            {
                throw new SnapshotDamagedException(block.Offset + at, $"a record of {table} does not parse: {e.Message}");
            }

            at += SnapshotFormat.RecordHeaderSize + length;
        }
    }

    private void TakeKv(ReadOnlySpan<byte> payload)
    {
        var key = TakeString(ref payload);
        var (flags, create, modify) = (TakeNumber(ref payload), TakeNumber(ref payload), TakeNumber(ref payload));
        _kv.Add(key, new KvRow(payload.ToArray(), flags, create, modify));
    }

    private void Take(SnapshotTable table, ReadOnlySpan<byte> payload)
    {
        switch (table)
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
            case SnapshotTable.HeldKv:
                var (held, session) = (TakeString(ref payload), TakeString(ref payload));
                var (f, c, m, v) = (TakeNumber(ref payload), TakeNumber(ref payload), TakeNumber(ref payload), TakeNumber(ref payload));
                var hold = KvHold.Of(TakeNumber(ref payload), session, TimeSpan.FromTicks((long)TakeNumber(ref payload)));
                _held.Add(new(held, new KvRow(payload.ToArray(), f, c, m, v, hold)));
                break;
            case SnapshotTable.KvPast:
                var was = TakeString(ref payload);
                var (pv, pf, pm, pr) = (TakeNumber(ref payload), TakeNumber(ref payload), TakeNumber(ref payload), TakeNumber(ref payload));
                _past.Add(new(was, new KvPast(pv, payload.ToArray(), pf, pm, pr)));
                break;
            case SnapshotTable.Deadlines:
                var due = TakeString(ref payload);
                _deadlines.Add(new((DeadlineKind)TakeNumber(ref payload), due, TimeSpan.FromTicks((long)TakeNumber(ref payload)), TakeNumber(ref payload)));
                break;
            case SnapshotTable.Sessions:
                _sessions.Add(Json(payload, StateJson.Default.Session));
                break;
            case SnapshotTable.KvHistoryHand:
                _historyHand = TakeString(ref payload);
                break;
            case SnapshotTable.SessionsIndex:
                _sessionsIndex = TakeNumber(ref payload);
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
            case SnapshotTable.ConfigEntries:
                _config.Add(Json(payload, StateJson.Default.ConfigEntry));
                break;
            case SnapshotTable.ConfigIndexes:
                _configIndexes.Add(new(TakeString(ref payload), TakeNumber(ref payload)));
                break;
            case SnapshotTable.PreparedQueries:
                _queries.Add(Json(payload, StateJson.Default.PreparedQuery));
                break;
            case SnapshotTable.Events:
                _events.Add(Json(payload, StateJson.Default.UserEvent));
                break;
            case SnapshotTable.Coordinates:
                _coordinates.Add(Json(payload, StateJson.Default.NetworkCoordinate));
                break;
            case SnapshotTable.Autopilot:
                _autopilot = Json(payload, StateJson.Default.AutopilotConfig);
                break;
        }
    }

    private StateView Build(ulong index, long end)
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
            var plain = _kv.Build();
            var graves = _tombstones.Select(t => new KeyValuePair<(ulong, string), bool>((t.Value, t.Key), true)).OrderBy(t => t.Key, KvTables.ByAge);
            var kv = new KvTables
            {
                Entries = _held.Aggregate(plain, Add),
                Tombstones = Map(_tombstones),
                TombstonesByAge = PersistentMap<(ulong, string), bool>.FromSorted(KvTables.ByAge, [.. graves]),
                Index = _indexes[5],
                ReapedIndex = _indexes[6],
                History = KvHistory.From(_past, _historyHand),
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
            var holdings = _held.Where(e => e.Value.Session.Length > 0).Select(e => SessionTables.Holding(e.Key, e.Value.Session));
            var deadlines = Map(_deadlines.Select(d => new KeyValuePair<CompositeKey, Deadline>(DeadlineTable.KeyOf(d.Kind, d.Key), d)));
            var config = new ConfigTables
            {
                Entries = Map(_config.Select(e => new KeyValuePair<CompositeKey, ConfigEntry>(new(e.Kind, e.Name), e))),
                Links = Map(_config.SelectMany(ConfigTables.LinksOf).Select(key => new KeyValuePair<CompositeKey, bool>(key, true))),
                Queries = Map(_queries.ConvertAll(q => new KeyValuePair<string, PreparedQuery>(q.Id, q))),
                Indexes = Map(_configIndexes),
            };
            var view = new StateView(
                index, _indexes[8], catalog, kv, intentions, _ca, cluster, SessionTables.Of(_sessions, holdings, _sessionsIndex), new DeadlineTable(deadlines),
                config, NetworkTables.Of(_events, _coordinates));
            view.RowDigest = new StateDigest().RowsOf(StateView.OfEntries(plain, _kvDigest), view);
            return view;
        }
        catch (ArgumentException e)
        {
            throw new SnapshotDamagedException(end, $"the records are out of order: {e.Message}");
        }
    }

    private static PersistentMap<string, KvRow> Add(PersistentMap<string, KvRow> entries, KeyValuePair<string, KvRow> held) =>
        entries.ContainsKey(held.Key) ? throw new ArgumentException($"The key {held.Key} comes twice.") : entries.Set(held.Key, held.Value);

    private static PersistentMap<string, T> Map<T>(List<KeyValuePair<string, T>> items) =>
        PersistentMap<string, T>.FromSorted(StringComparer.Ordinal, items);

    private static PersistentMap<CompositeKey, T> Map<T>(IEnumerable<KeyValuePair<CompositeKey, T>> items) =>
        PersistentMap<CompositeKey, T>.FromSorted(CompositeKey.Order, [.. items.OrderBy(i => i.Key, CompositeKey.Order)]);

    private static T Json<T>(ReadOnlySpan<byte> payload, JsonTypeInfo<T> type)
        where T : class => JsonSerializer.Deserialize(payload, type) ?? throw new FormatException("null");

    private static string TakeString(ref ReadOnlySpan<byte> payload)
    {
        var size = BinaryPrimitives.ReadInt32LittleEndian(payload);
        var text = Utf8.GetString(payload.Slice(4, size));
        payload = payload[(4 + size)..];
        return text;
    }

    private static ulong TakeNumber(ref ReadOnlySpan<byte> payload)
    {
        var number = BinaryPrimitives.ReadUInt64LittleEndian(payload);
        payload = payload[8..];
        return number;
    }
}
