using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.State.Events;
using Konsul.Mesh.State.Network;
using Konsul.Mesh.State.Sessions;

namespace Konsul.Mesh.State.Catalog;

/// <summary>Keeps the tables' invariants and moves indexes and topics with every change. Writing what is already there changes nothing.</summary>
internal sealed class CatalogWriter(StateDraft draft)
{
    private CatalogTables Tables
    {
        get => draft.Catalog;
        set => draft.Catalog = value;
    }

    private CatalogView View => new(Tables);

    public static string? Destination(ServiceInstance instance) => instance switch
    {
        { Kind: ServiceKind.ConnectProxy, Proxy.DestinationServiceName: { Length: > 0 } name } => name,
        { ConnectNative: true } => instance.Name,
        _ => null,
    };

    public void PutNode(Node node)
    {
        var old = Tables.Nodes.GetValueOrDefault(node.Name);
        node = node with { CreateIndex = old?.CreateIndex ?? draft.Index, ModifyIndex = old?.ModifyIndex ?? draft.Index };
        if (old is not null && StateDraft.Same(old, node, StateJson.Default.Node))
        {
            return;
        }

        Tables = Tables with { Nodes = Tables.Nodes.Set(node.Name, node with { ModifyIndex = draft.Index }), NodesIndex = draft.Index };
        draft.Topics.Add(Topic.Nodes);
        TouchNode(node.Name);
        TouchInstancesOn(node.Name);
    }

    public void RemoveNode(string name)
    {
        if (!Tables.Nodes.ContainsKey(name))
        {
            return;
        }

        foreach (var instance in View.InstancesOn(name).ToList())
        {
            RemoveInstance(instance);
        }

        foreach (var check in View.Checks(name).ToList())
        {
            RemoveCheck(check);
        }

        new SessionWriter(draft).OnNodeGone(name);
        NetworkCommands.RemoveNode(draft, name);
        Tables = Tables with { Nodes = Tables.Nodes.Remove(name), NodeIndexes = Tables.NodeIndexes.Remove(name), NodesIndex = draft.Index };
        draft.Topics.Add(Topic.Nodes);
        draft.Topics.Add(Topic.Node(name));
    }

    public void PutInstance(ServiceInstance instance)
    {
        var old = Tables.Instances.GetValueOrDefault(new(instance.Node, instance.Id));
        instance = instance with { CreateIndex = old?.CreateIndex ?? draft.Index, ModifyIndex = old?.ModifyIndex ?? draft.Index };
        if (old is not null && StateDraft.Same(old, instance, StateJson.Default.ServiceInstance))
        {
            return;
        }

        if (old is not null && (old.Name != instance.Name || Destination(old) != Destination(instance)))
        {
            Unlink(old);
        }

        instance = instance with { ModifyIndex = draft.Index };
        Tables = Tables with
        {
            Instances = Tables.Instances.Set(new(instance.Node, instance.Id), instance),
            ByService = Tables.ByService.Set(new(instance.Name, instance.Node, instance.Id), instance),
            ServicesIndex = draft.Index,
        };
        if (Destination(instance) is { } destination)
        {
            Tables = Tables with { ByDestination = Tables.ByDestination.Set(new(destination, instance.Node, instance.Id), instance) };
        }

        TouchRegistration(instance);
        TouchHealth(instance);
        foreach (var check in View.ChecksOnly(instance.Node, instance.Id).ToList())
        {
            PutCheck(check);
        }
    }

    public void RemoveInstance(ServiceInstance instance)
    {
        foreach (var check in View.ChecksOnly(instance.Node, instance.Id).ToList())
        {
            RemoveCheck(check);
        }

        Tables = Tables with { Instances = Tables.Instances.Remove(new(instance.Node, instance.Id)), ServicesIndex = draft.Index };
        Unlink(instance);
        TouchRegistration(instance);
    }

    /// <summary>The check's instance, if it names one, must exist; its name and tags are taken over.</summary>
    public void PutCheck(HealthCheck check)
    {
        var old = Tables.Checks.GetValueOrDefault(new(check.Node, check.CheckId));
        var instance = check.ServiceId.Length == 0 ? null : Tables.Instances.GetValueOrDefault(new(check.Node, check.ServiceId));
        check = check with
        {
            ServiceName = instance?.Name ?? "",
            ServiceTags = instance?.Tags ?? [],
            CreateIndex = old?.CreateIndex ?? draft.Index,
            ModifyIndex = old?.ModifyIndex ?? draft.Index,
        };
        if (old is not null && StateDraft.Same(old, check, StateJson.Default.HealthCheck))
        {
            return;
        }

        if (old is not null && old.ServiceId != check.ServiceId)
        {
            Unfile(old);
        }

        check = check with { ModifyIndex = draft.Index };
        Tables = Tables with
        {
            Checks = Tables.Checks.Set(new(check.Node, check.CheckId), check),
            ChecksByInstance = Tables.ChecksByInstance.Set(new(check.Node, check.ServiceId, check.CheckId), check),
        };
        TouchCheck(check);
        if (check.Status == CheckStatus.Critical)
        {
            new SessionWriter(draft).OnCheckLost(check.Node, check.CheckId);
        }
    }

    public void RemoveCheck(HealthCheck check)
    {
        Unfile(check);
        new SessionWriter(draft).OnCheckLost(check.Node, check.CheckId);
    }

    private void Unfile(HealthCheck check)
    {
        Tables = Tables with
        {
            Checks = Tables.Checks.Remove(new(check.Node, check.CheckId)),
            ChecksByInstance = Tables.ChecksByInstance.Remove(new(check.Node, check.ServiceId, check.CheckId)),
        };
        TouchCheck(check);
    }

    /// <summary>Takes an instance out of the maps by name; what thereby lost its last instance is extinct.</summary>
    private void Unlink(ServiceInstance instance)
    {
        Tables = Tables with { ByService = Tables.ByService.Remove(new(instance.Name, instance.Node, instance.Id)) };
        if (Destination(instance) is { } destination)
        {
            Tables = Tables with { ByDestination = Tables.ByDestination.Remove(new(destination, instance.Node, instance.Id)) };
        }

        TouchHealth(instance);
    }

    private void TouchRegistration(ServiceInstance instance)
    {
        draft.Topics.Add(Topic.Services);
        draft.Topics.Add(Topic.Proxy(instance.Node, instance.Id));
        TouchNode(instance.Node);
    }

    private void TouchCheck(HealthCheck check)
    {
        Tables = Tables with { ChecksIndex = draft.Index };
        draft.Topics.Add(Topic.Checks);
        TouchNode(check.Node);
        if (check.ServiceId.Length == 0)
        {
            TouchInstancesOn(check.Node);
        }
        else if (Tables.Instances.GetValueOrDefault(new(check.Node, check.ServiceId)) is { } instance)
        {
            TouchHealth(instance);
        }
    }

    private void TouchInstancesOn(string node)
    {
        foreach (var instance in View.InstancesOn(node))
        {
            TouchHealth(instance);
        }
    }

    private void TouchNode(string name)
    {
        Tables = Tables with { NodeIndexes = Tables.NodeIndexes.Set(name, draft.Index) };
        draft.Topics.Add(Topic.Node(name));
    }

    private void TouchHealth(ServiceInstance instance)
    {
        var lives = View.Instances(instance.Name).Any();
        Tables = lives
            ? Tables with { ServiceIndexes = Tables.ServiceIndexes.Set(instance.Name, draft.Index) }
            : Tables with { ServiceIndexes = Tables.ServiceIndexes.Remove(instance.Name), ExtinctionIndex = draft.Index };
        draft.Topics.Add(Topic.Service(instance.Name));
        if (Destination(instance) is not { } destination)
        {
            return;
        }

        lives = View.ConnectInstances(destination).Any();
        Tables = lives
            ? Tables with { ConnectIndexes = Tables.ConnectIndexes.Set(destination, draft.Index) }
            : Tables with { ConnectIndexes = Tables.ConnectIndexes.Remove(destination), ConnectExtinctionIndex = draft.Index };
        draft.Topics.Add(Topic.Connect(destination));
    }
}
