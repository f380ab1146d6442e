using Konsul.Mesh.Server.Bodies;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Queries;
using Konsul.Mesh.Server.Registration;
using Konsul.Mesh.Server.Shapes;
using Konsul.Mesh.State;
using Konsul.Mesh.State.Commands;
using Microsoft.AspNetCore.Http;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/txn</c>: up to 128 operations, all or none. One that only reads is answered from the state and needs no place in the log.</summary>
internal sealed class TxnEndpoints(ReplicatedState state, BlockingQueries queries, ApiSettings settings) : IEndpoints
{
    private const int MaxBody = 512 * 1024;

    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/txn") { Resource = "key", MaxBody = MaxBody, Namespaced = true }.Put(RunAsync),
    ];

    private async Task RunAsync(ApiContext context)
    {
        var body = await context.BodyAsync().ConfigureAwait(false);
        var bodies = TxnBody.Shape.DecodeList(body.Span, Transaction.MaxOperations, TooMany);
        var transaction = new Transaction { Operations = [.. bodies.Select(b => TxnTranslator.Translate(b, context.Namespace, settings.Datacenter))] };
        var result = transaction.Operations.All(o => o.IsRead)
            ? await ReadAsync(context, transaction).ConfigureAwait(false)
            : await state.TryProposeAsync(transaction, context.Aborted).ConfigureAwait(false);
        if (!result.Success && result.Errors.IsEmpty)
            throw ApiException.Failed(result.Reason);
        await context.JsonAsync(
            w => TxnShape.Write(w, result.Results, result.Errors), result.Success ? StatusCodes.Status200OK : StatusCodes.Status409Conflict).ConfigureAwait(false);
    }

    private async Task<ApplyResult> ReadAsync(ApiContext context, Transaction transaction)
    {
        var view = await queries.ViewAsync(context).ConfigureAwait(false);
        context.SetReadHeaders(view.Index);
        return StateStore.Read(view, transaction);
    }

    private static ApiException TooMany(int count) => new(
        StatusCodes.Status413PayloadTooLarge, $"Transaction contains too many operations ({count} > {Transaction.MaxOperations})");
}
