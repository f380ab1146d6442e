using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.State.Catalog;

/// <summary>What the catalog's commands mean.</summary>
internal static class CatalogCommands
{
    public static ApplyResult Apply(StateDraft draft, Register command)
    {
        var node = command.Node.Name;
        if (Reason(command) is { } reason)
        {
            return ApplyResult.Fail(ApplyFailure.Invalid, reason);
        }

        if (command.SkipNodeUpdate && !draft.Catalog.Nodes.ContainsKey(node))
        {
            return ApplyResult.Fail(ApplyFailure.NotFound, $"The node \"{node}\" is not registered.");
        }

        if (SidecarPorts.Allot(draft.Catalog, node, command.Services) is not { } allotted)
        {
            return ApplyResult.Fail(
                ApplyFailure.Exhausted,
                $"No sidecar port is left on the node \"{node}\": {SidecarPorts.First}-{SidecarPorts.Last} are all in use.");
        }

        var writer = new CatalogWriter(draft);
        if (!command.SkipNodeUpdate)
        {
            writer.PutNode(command.Node);
        }

        foreach (var service in allotted.Services)
        {
            writer.PutInstance(service);
        }

        return PutChecks(draft, writer, command) ?? new ApplyResult { Ports = allotted.Ports };
    }

    public static ApplyResult Apply(StateDraft draft, Deregister command)
    {
        var writer = new CatalogWriter(draft);
        if (command.ServiceIds.IsDefaultOrEmpty && command.CheckIds.IsDefaultOrEmpty)
        {
            writer.RemoveNode(command.Node);
            return new ApplyResult();
        }

        foreach (var id in command.CheckIds)
        {
            if (draft.Catalog.Checks.TryGetValue(new(command.Node, id), out var check))
            {
                writer.RemoveCheck(check);
            }
        }

        foreach (var id in command.ServiceIds)
        {
            if (draft.Catalog.Instances.TryGetValue(new(command.Node, id), out var instance))
            {
                writer.RemoveInstance(instance);
            }
        }

        return new ApplyResult();
    }

    public static ApplyResult Apply(StateDraft draft, UpdateChecks command)
    {
        var writer = new CatalogWriter(draft);
        var found = 0;
        foreach (var update in command.Updates)
        {
            if (!Enum.IsDefined(update.Status))
            {
                return ApplyResult.Fail(ApplyFailure.Invalid, $"{(int)update.Status} is no status of a check.");
            }

            if (draft.Catalog.Checks.TryGetValue(new(update.Node, update.CheckId), out var check))
            {
                found++;
                writer.PutCheck(check with { Status = update.Status, Output = update.Output });
            }
        }

        return found > 0 || command.Updates.IsEmpty
            ? new ApplyResult()
            : ApplyResult.Fail(
                ApplyFailure.NotFound, $"The check \"{command.Updates[0].CheckId}\" on the node \"{command.Updates[0].Node}\" is not registered.");
    }

    private static ApplyResult? PutChecks(StateDraft draft, CatalogWriter writer, Register command)
    {
        var node = command.Node.Name;
        if (command.ReplaceChecks)
        {
            var named = command.Checks.Select(c => c.CheckId).ToHashSet(StringComparer.Ordinal);
            var ids = command.Services.Select(s => s.Id).ToHashSet(StringComparer.Ordinal);
            var stale = new CatalogView(draft.Catalog).Checks(node).Where(c => ids.Contains(c.ServiceId) && !named.Contains(c.CheckId));
            foreach (var check in stale.ToList())
            {
                writer.RemoveCheck(check);
            }
        }

        foreach (var check in command.Checks)
        {
            if (check.ServiceId.Length > 0 && !draft.Catalog.Instances.ContainsKey(new(node, check.ServiceId)))
            {
                return ApplyResult.Fail(
                    ApplyFailure.NotFound,
                    $"The check \"{check.CheckId}\" is for the service \"{check.ServiceId}\", which is not on the node \"{node}\".");
            }

            var old = draft.Catalog.Checks.GetValueOrDefault(new(node, check.CheckId));
            writer.PutCheck(command.KeepCheckStatus && old is not null ? check with { Status = old.Status, Output = old.Output } : check);
        }

        return null;
    }

    private static string? Reason(Register command)
    {
        var node = command.Node.Name;
        if (Names.CheckId(node) is { } badNode)
        {
            return $"The node's name {badNode}.";
        }

        foreach (var service in command.Services)
        {
            if ((Names.CheckId(service.Id) ?? Names.CheckId(service.Name)) is { } bad)
            {
                return $"The id and the name of a service {bad}.";
            }

            if (service.Node != node)
            {
                return $"The service \"{service.Id}\" is for the node \"{service.Node}\", not \"{node}\".";
            }

            if (service.Port is < 0 or > 65535)
            {
                return $"The port {service.Port} of the service \"{service.Id}\" is not between 0 and 65535.";
            }
        }

        foreach (var check in command.Checks)
        {
            if (Names.CheckId(check.CheckId) is { } bad)
            {
                return $"The id of a check {bad}.";
            }

            if (check.Node != node || !Enum.IsDefined(check.Status))
            {
                return $"The check \"{check.CheckId}\" is for the node \"{check.Node}\" with the status {(int)check.Status};"
                    + $" expected \"{node}\" and 0 to 2.";
            }
        }

        return command.Services.DistinctBy(s => s.Id, StringComparer.Ordinal).Count() == command.Services.Length
            ? null
            : "Two of the services have the same id.";
    }
}
