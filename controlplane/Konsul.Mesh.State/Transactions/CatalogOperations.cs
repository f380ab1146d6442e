using Konsul.Mesh.State.Catalog;
using Konsul.Mesh.State.Commands;
using Node = Konsul.Mesh.Model.Catalog.Node;

namespace Konsul.Mesh.State.Transactions;

/// <summary>The operations about nodes, services and checks: each is what the command of the catalog would do.</summary>
internal sealed class CatalogOperations(StateDraft draft, TxnOutcome outcome)
{
    public void Do(TxnOperation operation)
    {
        var (what, index) = Find(operation);
        var delete = operation.Verb is TxnVerb.Delete or TxnVerb.DeleteCas;
        var cas = operation.Verb is TxnVerb.Cas or TxnVerb.DeleteCas;
        if (operation.Verb == TxnVerb.Get)
        {
            if (index is null)
            {
                outcome.Fail($"{what} doesn't exist");
            }
            else
            {
                Show(operation);
            }
        }
        else if (operation.Verb is not (TxnVerb.Set or TxnVerb.Cas or TxnVerb.Delete or TxnVerb.DeleteCas))
        {
            outcome.Fail($"unknown {operation.Subject} verb");
        }
        else if (cas && (index ?? 0) != operation.Index)
        {
            outcome.Fail($"failed to {(delete ? "delete" : "set")} {what}, index is stale");
        }
        else if (delete)
        {
            Delete(operation);
        }
        else if (CatalogCommands.Apply(draft, Registration(operation)) is { Success: false } refused)
        {
            outcome.Fail(refused.Reason);
        }
        else
        {
            Show(operation);
        }
    }

    /// <summary>What it is about, in words, and its ModifyIndex; null when it does not exist.</summary>
    private (string What, ulong? Index) Find(TxnOperation operation) => operation switch
    {
        { Subject: TxnSubject.Node, Node: { } node } => ($"node \"{NameOf(node)}\"", draft.Catalog.Nodes.GetValueOrDefault(NameOf(node))?.ModifyIndex),
        { Subject: TxnSubject.Service, Service: { } service } =>
            ($"service \"{service.Id}\" on node \"{service.Node}\"", draft.Catalog.Instances.GetValueOrDefault(new(service.Node, service.Id))?.ModifyIndex),
        { Subject: TxnSubject.Check, Check: { } check } =>
            ($"check \"{check.CheckId}\" on node \"{check.Node}\"", draft.Catalog.Checks.GetValueOrDefault(new(check.Node, check.CheckId))?.ModifyIndex),
        _ => throw new ArgumentException("An operation is about nothing."),
    };

    /// <summary>A node may be named by its id alone.</summary>
    private string NameOf(Node node) => node.Name.Length > 0 || node.Id.Length == 0
        ? node.Name
        : draft.Catalog.Nodes.Select(n => n.Value).FirstOrDefault(n => n.Id == node.Id)?.Name ?? "";

    private void Delete(TxnOperation operation) => CatalogCommands.Apply(draft, operation switch
    {
        { Service: { } service } => new Deregister { Node = service.Node, ServiceIds = [service.Id] },
        { Check: { } check } => new Deregister { Node = check.Node, CheckIds = [check.CheckId] },
        _ => new Deregister { Node = NameOf(operation.Node!) },
    });

    private static Register Registration(TxnOperation operation) => operation switch
    {
        { Service: { } service } => new Register { Node = Bare(service.Node), SkipNodeUpdate = true, Services = [service] },
        { Check: { } check } => new Register { Node = Bare(check.Node), SkipNodeUpdate = true, Checks = [check] },
        _ => new Register { Node = operation.Node! },
    };

    private static Node Bare(string name) => new() { Name = name, Address = "" };

    private void Show(TxnOperation operation) => outcome.Add(operation switch
    {
        { Service: { } service } => new TxnResult(Service: draft.Catalog.Instances.GetValueOrDefault(new(service.Node, service.Id))),
        { Check: { } check } => new TxnResult(Check: draft.Catalog.Checks.GetValueOrDefault(new(check.Node, check.CheckId))),
        _ => new TxnResult(Node: draft.Catalog.Nodes.GetValueOrDefault(NameOf(operation.Node!))),
    });
}
