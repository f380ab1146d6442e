using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Endpoints;
using Konsul.Mesh.Server.Http;

namespace Konsul.Mesh.Server.EtcdGateway;

/// <summary><c>/v3/kv/*</c>: the JSON gateway of etcd's API over the keys that <c>/v1/kv</c> has.</summary>
internal sealed class EtcdKeyEndpoints(ReplicatedState state, EtcdStore store) : IEndpoints
{
    /// <summary>A value of 512 KiB as base64, and what is around it.</summary>
    private const int MaxBody = 1024 * 1024;

    public IEnumerable<ApiRoute> Routes =>
    [
        Route("/v3/kv/put", PutAsync),
        Route("/v3/kv/range", RangeAsync),
        Route("/v3/kv/deleterange", DeleteAsync),
        Route("/v3/kv/txn", TxnAsync),
    ];

    private static ApiRoute Route(string path, ApiHandler handler) =>
        new ApiRoute(path) { Resource = "key", MaxBody = MaxBody, Namespaced = true }.Post(EtcdException.Guard(handler));

    private async Task PutAsync(ApiContext context) =>
        await StepAsync(context, RequestOp.OfPut(await context.DecodeAsync(KeyRequest.Put).ConfigureAwait(false))).ConfigureAwait(false);

    private async Task DeleteAsync(ApiContext context) =>
        await StepAsync(context, RequestOp.OfDelete(await context.DecodeAsync(KeyRequest.Delete).ConfigureAwait(false))).ConfigureAwait(false);

    private async Task StepAsync(ApiContext context, RequestOp step)
    {
        var outcome = await store.RunAsync(TxnRequest.Of(step), context.Namespace, context.Aborted).ConfigureAwait(false);
        await context.JsonAsync(w =>
        {
            w.WriteStartObject();
            EtcdShape.WriteHeader(w, store.Header(outcome.Revision));
            EtcdShape.WriteReplaced(w, step, outcome.Found(0));
            w.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private async Task RangeAsync(ApiContext context)
    {
        var request = await context.DecodeAsync(KeyRequest.Range).ConfigureAwait(false);
        var range = request.Keys;
        if (!request.Serializable)
            await state.BarrierAsync(context.Aborted).ConfigureAwait(false);
        var view = state.View;
        if (request.Revision > 0 && (ulong)request.Revision > view.Index)
            throw new EtcdException(400, 11, "etcdserver: mvcc: required revision is a future revision");
        if (request.Revision > 0 && range.LastChange(view.Kv, context.Namespace) > (ulong)request.Revision)
            throw new EtcdException(400, 11, "etcdserver: mvcc: required revision has been compacted");
        var found = range.Read(view.Kv, context.Namespace).ToList();
        await context.JsonAsync(w =>
        {
            w.WriteStartObject();
            EtcdShape.WriteHeader(w, store.Header(view.Index));
            EtcdShape.WriteRange(w, request, found);
            w.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private async Task TxnAsync(ApiContext context)
    {
        var request = await context.DecodeAsync(TxnRequest.Shape).ConfigureAwait(false);
        var outcome = await store.RunAsync(request, context.Namespace, context.Aborted).ConfigureAwait(false);
        await context.JsonAsync(w =>
        {
            w.WriteStartObject();
            EtcdShape.WriteHeader(w, store.Header(outcome.Revision));
            if (outcome.Succeeded)
                w.WriteBoolean("succeeded", true);
            w.WriteStartArray("responses");
            for (var i = 0; i < outcome.Steps.Length; i++)
            {
                var step = outcome.Steps[i];
                w.WriteStartObject();
                w.WriteStartObject(step.Put is not null ? "response_put" : step.Range is not null ? "response_range" : "response_delete_range");
                EtcdShape.WriteHeader(w, new EtcdHeader(0, 0, outcome.Revision, 0));
                if (step.Range is { } asked)
                    EtcdShape.WriteRange(w, asked, outcome.Found(i));
                else
                    EtcdShape.WriteReplaced(w, step, outcome.Found(i));
                w.WriteEndObject();
                w.WriteEndObject();
            }

            w.WriteEndArray();
            w.WriteEndObject();
        }).ConfigureAwait(false);
    }
}
