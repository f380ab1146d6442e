using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.ConfigEntries;
using Konsul.Mesh.Model.ConfigEntries.Parts;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.Model.Queries;
using Konsul.Mesh.Model.Sessions;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Transactions;
using static Konsul.Mesh.State.Tests.StoreFixture;

namespace Konsul.Mesh.State.Tests;

/// <summary>A seeded stream of commands over a small world, so that they meet each other often.</summary>
internal sealed class RandomCommands(int seed)
{
    private readonly Random _random = new(seed);

    public IEnumerable<byte[]> Take(int count) => Enumerable.Range(0, count).Select(_ => CommandCodec.Encode(Next()));

    private Command Next() => _random.Next(22) switch
    {
        0 or 1 => NextRegister(),
        2 => new Deregister { Node = Node(), ServiceIds = _random.Next(4) == 0 ? [] : [Name(), $"{Name()}-sidecar-proxy"] },
        3 or 4 => new UpdateChecks
        {
            Updates = [new CheckUpdate { Node = Node(), CheckId = $"c{_random.Next(4)}", Status = (CheckStatus)_random.Next(3), Output = $"{_random.Next(3)}" }],
        },
        5 or 6 or 7 => NextSet(),
        8 => new KvDelete { Key = Key(), Recurse = _random.Next(3) == 0 },
        9 => new UpsertIntention { Intention = IntentionOf(NameOrAny(), NameOrAny(), (IntentionAction)_random.Next(2)) },
        12 => NextSession(),
        13 => _random.Next(2) == 0 ? new DestroySession { Key = SessionId() } : new RenewSession { Key = SessionId() },
        14 or 15 => NextLock(),
        16 => _random.Next(2) == 0
            ? new KvRollback { Key = Key(), Version = (ulong)_random.Next(4) }
            : new Transaction { Operations = [Operation(), Operation(), Operation()] },
        20 => new FireEvent { Event = new UserEvent { Id = Key(), Name = Name(), Payload = new byte[] { 1 } } },
        21 => new UpdateCoordinates { Coordinates = [new NetworkCoordinate { Node = Node(), Vector = [_random.Next(3), 0, 0, 0, 0, 0, 0, 0] }] },
        10 => new DeleteIntention { SourceName = NameOrAny(), DestinationName = NameOrAny() },
        17 => new SetConfigEntry { Entry = NextEntry(), Ids = [$"i{_random.Next(100)}"] },
        18 => new DeleteConfigEntry { Kind = NextEntry().Kind, Name = Name() },
        19 => new SetPreparedQuery { Query = new PreparedQuery { Id = $"q{_random.Next(3)}", Name = Name(), Service = new QueryService { Service = Name() } } },
        _ => _random.Next(3) == 0
            ? new InitializeCa { ClusterId = Guid.Parse("6b29fc40-ca47-1067-b31d-00dd010662da"), Roots = [Root("r")] }
            : new Batch { Commands = [NextSet(), NextRegister(), NextSet()] },
    };

    private Register NextRegister()
    {
        var (node, name) = (Node(), Name());
        return new Register
        {
            Node = NodeOf(node, $"10.0.0.{_random.Next(3)}"),
            Services = [Service(name, node: node, tags: [$"t{_random.Next(2)}"]), Sidecar(name, node)],
            Checks = [Check($"c{_random.Next(4)}", _random.Next(2) == 0 ? "" : _random.Next(8) == 0 ? "ghost" : name, node)],
            ReplaceChecks = _random.Next(2) == 0,
            KeepCheckStatus = _random.Next(2) == 0,
        };
    }

    private ConfigEntry NextEntry() => _random.Next(4) switch
    {
        0 => new ServiceDefaults { Name = Name(), Protocol = _random.Next(2) == 0 ? "http" : "tcp" },
        1 => new ServiceResolver { Name = Name(), Redirect = new ResolverRedirect { Service = Name() } },
        2 => new ServiceSplitter { Name = Name(), Splits = [new ServiceSplit { Weight = 100, Service = Name() }] },
        _ => new ServiceIntentions { Name = NameOrAny(), Sources = [new SourceIntention { Name = NameOrAny(), Action = "allow" }] },
    };

    private KvSet NextSet() => new()
    {
        Key = Key(),
        Value = new byte[] { (byte)_random.Next(3) },
        Cas = _random.Next(3) == 0 ? (ulong)_random.Next(2) * 17 : null,
        Ttl = _random.Next(6) == 0 ? TimeSpan.FromSeconds(1) : TimeSpan.Zero,
    };

    private CreateSession NextSession() => new()
    {
        Session = new Session
        {
            Id = $"s{_random.Next(4)}",
            Node = Node(),
            NodeChecks = _random.Next(2) == 0 ? [] : [$"c{_random.Next(4)}"],
            Ttl = TimeSpan.FromSeconds(_random.Next(2) * 10),
            LockDelay = TimeSpan.FromSeconds(_random.Next(2)),
            Behavior = (SessionBehavior)_random.Next(2),
        },
    };

    private Command NextLock() => _random.Next(3) == 0
        ? new KvUnlock { Key = Key(), Session = SessionId() }
        : new KvLock { Key = Key(), Value = new byte[] { (byte)_random.Next(3) }, Session = SessionId() };

    private TxnOperation Operation() => new()
    {
        Subject = TxnSubject.Key,
        Verb = (TxnVerb)_random.Next(14),
        Key = Key(),
        Value = new byte[] { (byte)_random.Next(3) },
        Session = SessionId(),
    };

    private string SessionId() => $"s{_random.Next(4)}";

    private string Node() => $"n{_random.Next(3)}";

    private string Name() => $"s{_random.Next(4)}";

    private string NameOrAny() => _random.Next(4) == 0 ? "*" : Name();

    private string Key() => (_random.Next(5) == 0 ? "\0team\0" : "") + string.Join('/', Enumerable.Range(0, 1 + _random.Next(3)).Select(_ => "abc"[_random.Next(3)]));
}
