using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.State.Commands;
using static Konsul.Mesh.State.Tests.StoreFixture;

namespace Konsul.Mesh.State.Tests;

/// <summary>A seeded stream of commands over a small world, so that they meet each other often.</summary>
internal sealed class RandomCommands(int seed)
{
    private readonly Random _random = new(seed);

    public IEnumerable<byte[]> Take(int count) => Enumerable.Range(0, count).Select(_ => CommandCodec.Encode(Next()));

    private Command Next() => _random.Next(12) switch
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
        10 => new DeleteIntention { SourceName = NameOrAny(), DestinationName = NameOrAny() },
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

    private KvSet NextSet() => new()
    {
        Key = Key(),
        Value = new byte[] { (byte)_random.Next(3) },
        Cas = _random.Next(3) == 0 ? (ulong)_random.Next(2) * 17 : null,
    };

    private string Node() => $"n{_random.Next(3)}";

    private string Name() => $"s{_random.Next(4)}";

    private string NameOrAny() => _random.Next(4) == 0 ? "*" : Name();

    private string Key() => string.Join('/', Enumerable.Range(0, 1 + _random.Next(3)).Select(_ => "abc"[_random.Next(3)]));
}
