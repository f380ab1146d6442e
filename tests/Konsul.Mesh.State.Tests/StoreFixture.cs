using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.State.Authority;
using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.State.Tests;

/// <summary>A store, and short ways to fill it. Every command goes through its bytes.</summary>
internal sealed class StoreFixture
{
    private ulong _index = 10;

    public StateStore Store { get; } = new();

    public StateView View => Store.View;

    /// <summary>The index of the last command.</summary>
    public ulong Index => _index;

    public static Node NodeOf(string name = "n1", string address = "10.0.0.1") => new() { Name = name, Address = address };

    public static ServiceInstance Service(string name, string? id = null, string node = "n1", int port = 80, params string[] tags) =>
        new() { Node = node, Id = id ?? name, Name = name, Port = port, Tags = [.. tags] };

    public static ServiceInstance Sidecar(string service, string node = "n1", int port = 0) => new()
    {
        Node = node,
        Id = $"{service}-sidecar-proxy",
        Name = $"{service}-sidecar-proxy",
        Kind = ServiceKind.ConnectProxy,
        Port = port,
        Proxy = new ProxyRegistration { DestinationServiceName = service, DestinationServiceId = service, LocalServicePort = 80 },
    };

    public static HealthCheck Check(string id, string serviceId = "", string node = "n1", CheckStatus status = CheckStatus.Passing) =>
        new() { Node = node, CheckId = id, Name = id, ServiceId = serviceId, Status = status };

    public static Intention IntentionOf(string source, string destination, IntentionAction action = IntentionAction.Deny, string id = "") => new()
    {
        Id = id.Length > 0 ? id : $"{source}>{destination}",
        SourceName = source,
        DestinationName = destination,
        Action = action,
        CreatedAt = DateTimeOffset.UnixEpoch,
        UpdatedAt = DateTimeOffset.UnixEpoch,
    };

    public static CaRoot Root(string id, bool active = true) => new()
    {
        Id = id,
        Name = id,
        Certificate = new byte[] { 1, 2, 3 },
        SealedKey = new byte[] { 4, 5 },
        Active = active,
        CreatedAt = DateTimeOffset.UnixEpoch,
    };

    public ApplyResult Try(Command command) => Store.Apply(++_index, CommandCodec.Encode(command));

    public ApplyResult Do(Command command)
    {
        var result = Try(command);
        Assert.True(result.Success, result.Reason);
        return result;
    }

    public ApplyResult Register(ServiceInstance service, params HealthCheck[] checks) =>
        Do(new Register { Node = NodeOf(service.Node), Services = [service], Checks = [.. checks] });

    public ApplyResult Set(string key, string value, ulong? cas = null) =>
        Do(new KvSet { Key = key, Value = System.Text.Encoding.UTF8.GetBytes(value), Cas = cas });

    public string Hash() => StateHash.Compute(View);
}
