using System.Collections.Immutable;
using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.EtcdGateway;

/// <summary>If all conditions hold then one list of steps, else another.</summary>
internal sealed class TxnRequest
{
    public ImmutableArray<Compare> Compare { get; private set; } = [];

    public ImmutableArray<RequestOp> Success { get; private set; } = [];

    public ImmutableArray<RequestOp> Failure { get; private set; } = [];

    public static JsonShape<TxnRequest> Shape { get; } = new JsonShape<TxnRequest>(() => new TxnRequest())
        .Add("compare", static (ref r, d, p) => d.Compare = JsonValues.List(ref r, p, EtcdGateway.Compare.Shape.Read))
        .Add("success", static (ref r, d, p) => d.Success = JsonValues.List(ref r, p, RequestOp.Shape.Read))
        .Add("failure", static (ref r, d, p) => d.Failure = JsonValues.List(ref r, p, RequestOp.Shape.Read));

    public static TxnRequest Of(RequestOp step) => new() { Success = [step] };
}
