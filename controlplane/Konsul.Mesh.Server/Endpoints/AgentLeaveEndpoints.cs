using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/agent/leave</c>: takes this server out of the cluster, and ends it.</summary>
internal sealed class AgentLeaveEndpoints(GracefulLeave leave) : IEndpoints
{
    public IEnumerable<ApiRoute> Routes => [new ApiRoute("/v1/agent/leave") { Resource = "agent" }.Put(LeaveAsync)];

    private async Task LeaveAsync(ApiContext context)
    {
        await leave.AskAsync(context.Aborted).ConfigureAwait(false);
        await context.EmptyAsync().ConfigureAwait(false);
    }
}
