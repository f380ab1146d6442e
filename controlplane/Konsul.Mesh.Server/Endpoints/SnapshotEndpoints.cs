using System.Globalization;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Snapshots;
using Microsoft.AspNetCore.Http.Features;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/snapshot</c>: the whole state out as one archive, and back in.</summary>
internal sealed class SnapshotEndpoints(ReplicatedState state, string version, string scratch) : IEndpoints
{
    /// <summary>Bytes of an unpacked state that a restore takes: 8 GiB.</summary>
    private const long MaxState = 8L * 1024 * 1024 * 1024;
    private readonly SnapshotRestore _restore = new(state);

    public IEnumerable<ApiRoute> Routes => [new ApiRoute("/v1/snapshot").Get(SaveAsync).Put(RestoreAsync)];

    private async Task SaveAsync(ApiContext context)
    {
        if (context.Read.Consistency != "stale")
            await state.BarrierAsync(context.Aborted).ConfigureAwait(false);
        var view = state.View;
        var response = context.Http.Response;
        response.ContentType = "application/x-gzip";
        response.Headers["X-Consul-Index"] = view.Index.ToString(CultureInfo.InvariantCulture);
        await SnapshotArchive.WriteAsync(view, state.Log.Status.Term, version, scratch, response.Body, context.Aborted).ConfigureAwait(false);
    }

    private async Task RestoreAsync(ApiContext context)
    {
        if (context.Http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;
        try
        {
            var snapshot = await SnapshotArchive.ReadAsync(context.Http.Request.Body, scratch, MaxState, context.Aborted).ConfigureAwait(false);
            await using var owned = snapshot.ConfigureAwait(false);
            await _restore.RunAsync(snapshot, context.Aborted).ConfigureAwait(false);
        }
        catch (SnapshotRefusedException e)
        {
            throw ApiException.BadRequest($"The snapshot was refused, nothing was changed: {e.Message}");
        }

        await context.EmptyAsync().ConfigureAwait(false);
    }
}
