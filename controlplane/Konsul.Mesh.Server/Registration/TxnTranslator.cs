using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Bodies;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Json;
using Konsul.Mesh.State.Transactions;

namespace Konsul.Mesh.Server.Registration;

/// <summary>From an operation as written to one of the state; what it puts is checked as the catalog's own endpoints check it.</summary>
internal static class TxnTranslator
{
    public static TxnOperation Translate(TxnBody body, string ns, string datacenter)
    {
        var operation = new TxnOperation { Subject = body.Subject, Verb = body.Verb, Index = body.Index };
        var writes = body.Verb is TxnVerb.Set or TxnVerb.Cas;
        return body switch
        {
            { Subjects: not 1 } => throw ApiException.BadRequest("Request decode failed: an operation is one of KV, Node, Service and Check"),
            { Subject: TxnSubject.Key } => operation with
            {
                Key = NamespacedKey.Of(body.Namespace.Length > 0 ? body.Namespace : ns, PlainKey(body.Key)),
                Value = body.Value,
                Flags = body.Flags,
                Session = body.Session,
            },
            { Node: { } node } => operation with { Node = NodeOf(node, datacenter, writes) },
            { Service: { } service } => operation with { Service = ServiceOf(service, Required(body.NodeName, "Service.Node"), writes) },
            { Check: { } check } => operation with { Check = CheckTranslator.Reported(check, Required(check.Node, "Check.Node"), null) },
            _ => throw ApiException.BadRequest($"Request decode failed: field \"{body.Subject}\" is missing"),
        };
    }

    private static string PlainKey(string key) =>
        NamespacedKey.HeadLength(key) == 0 ? key : throw ApiException.BadRequest("Request decode failed: field \"KV.Key\" may not begin with a NUL character");

    private static Node NodeOf(NodeBody body, string datacenter, bool writes)
    {
        if (body.Id.Length > 0 && !Guid.TryParse(body.Id, out _))
            throw ApiException.BadRequest("Invalid node ID: ID is not a UUID");
        if (body.Name.Length == 0 && (writes || body.Id.Length == 0))
            throw ApiException.BadRequest("Must provide node and address");
        if (writes)
        {
            if (body.Address.Length == 0)
                throw ApiException.BadRequest("Must provide node and address");
            if (Names.CheckName(body.Name) is { } wrong)
                throw ApiException.BadRequest($"Invalid node name: Node \"{JsonValues.Shown(body.Name)}\" {wrong}");
            ServiceTranslator.CheckAddress("Address", body.Address);
            ServiceTranslator.CheckMeta("Invalid Node Meta", body.Meta);
        }

        return new Node
        {
            Id = body.Id,
            Name = body.Name,
            Address = body.Address,
            Datacenter = datacenter,
            TaggedAddresses = body.TaggedAddresses,
            Meta = body.Meta,
        };
    }

    private static ServiceInstance ServiceOf(ServiceBody body, string node, bool writes) => writes
        ? ServiceTranslator.Translate(body, node)
        : new ServiceInstance { Node = node, Id = Required(body.Id.Length > 0 ? body.Id : body.Name, "Service.ID"), Name = body.Name };

    private static string Required(string value, string field) =>
        value.Length > 0 ? value : throw ApiException.BadRequest($"Request decode failed: field \"{field}\" is missing");
}
