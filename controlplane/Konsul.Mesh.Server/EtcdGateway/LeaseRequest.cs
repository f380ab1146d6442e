using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.EtcdGateway;

internal sealed class LeaseRequest
{
    /// <summary>0: the server chooses.</summary>
    public long Id { get; private set; }

    /// <summary>Seconds.</summary>
    public long Ttl { get; private set; }

    public bool Keys { get; private set; }

    public static JsonShape<LeaseRequest> Shape { get; } = new JsonShape<LeaseRequest>(() => new LeaseRequest())
        .Add("ID", static (ref r, d, p) => d.Id = EtcdValues.Number(ref r, p))
        .Add("TTL", static (ref r, d, p) => d.Ttl = EtcdValues.Number(ref r, p))
        .Add("keys", static (ref r, d, p) => d.Keys = JsonValues.Bool(ref r, p));
}
