using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Shapes;
using Konsul.Mesh.State.Commands;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>Brings what checks found into the log. A refusal is logged and not repeated: the next look finds the difference again.</summary>
internal sealed class CheckReporter(ReplicatedState state, ILogger<CheckReporter> log)
{
    public Task ReportAsync(HealthCheck check, CheckStatus status, string output, CancellationToken cancellationToken) =>
        ReportAsync([new CheckUpdate
        {
            Node = check.Node,
            CheckId = check.CheckId,
            Status = status,
            Output = CheckOutput.Cut(output, check.Definition.OutputMaxSize),
        }], cancellationToken);

    public async Task ReportAsync(IReadOnlyList<CheckUpdate> updates, CancellationToken cancellationToken)
    {
        if (updates.Count == 0)
            return;
        foreach (var update in updates)
            log.LogInformation("Check {CheckId} of {Node} is now {Status}", update.CheckId, update.Node, CheckShape.StatusWord(update.Status));
        await ProposeAsync(new UpdateChecks { Updates = [.. updates] }, cancellationToken).ConfigureAwait(false);
    }

    public async Task ProposeAsync(Command command, CancellationToken cancellationToken)
    {
        try
        {
            var result = await state.TryProposeAsync(command, cancellationToken).ConfigureAwait(false);
            if (!result.Success && result.Failure != State.ApplyFailure.NotFound)
                log.LogWarning("The state refused the result of a check: {Reason}", result.Reason);
        }
        catch (ApiException e)
        {
            log.LogWarning("The result of a check could not be written: {Reason}", e.Message);
        }
    }
}
