using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.EtcdGateway;

/// <summary>One step of a transaction: a put, a range or a deletion.</summary>
internal sealed class RequestOp
{
    public KeyRequest? Put { get; private set; }

    public KeyRequest? Range { get; private set; }

    public KeyRequest? Delete { get; private set; }

    public static JsonShape<RequestOp> Shape { get; } = new JsonShape<RequestOp>(() => new RequestOp())
        .Add("request_put", static (ref r, d, p) => d.Put = KeyRequest.Put.Read(ref r, p), "requestPut")
        .Add("request_range", static (ref r, d, p) => d.Range = KeyRequest.Range.Read(ref r, p), "requestRange")
        .Add("request_delete_range", static (ref r, d, p) => d.Delete = KeyRequest.Delete.Read(ref r, p), "requestDeleteRange");

    public static RequestOp OfPut(KeyRequest request) => new() { Put = request };

    public static RequestOp OfDelete(KeyRequest request) => new() { Delete = request };

    public bool IsOne => (Put is null ? 0 : 1) + (Range is null ? 0 : 1) + (Delete is null ? 0 : 1) == 1;
}
