using System.Collections.Frozen;
using System.Text.Json;
using Konsul.Mesh.Model;
using Konsul.Mesh.Server.Json;
using Konsul.Mesh.State.Transactions;

namespace Konsul.Mesh.Server.Bodies;

/// <summary>One operation of <c>/v1/txn</c> as a client writes it: an object that names what it is about, and only that.</summary>
internal sealed class TxnBody
{
    /// <summary>How many things are named; exactly one may be.</summary>
    public int Subjects { get; private set; }

    public TxnSubject Subject { get; private set; }

    public TxnVerb Verb { get; private set; }

    public string Key { get; private set; } = "";

    /// <summary>Empty: that of the request.</summary>
    public string Namespace { get; private set; } = "";

    public byte[] Value { get; private set; } = [];

    public ulong Flags { get; private set; }

    public ulong Index { get; private set; }

    public string Session { get; private set; } = "";

    /// <summary>Of a service: the node it is on.</summary>
    public string NodeName { get; private set; } = "";

    public NodeBody? Node { get; private set; }

    public ServiceBody? Service { get; private set; }

    public CheckBody? Check { get; private set; }

    private static readonly JsonShape<TxnBody> KeyShape = new JsonShape<TxnBody>(() => new TxnBody())
        .Add("Verb", static (ref r, d, p) => d.Verb = VerbOf(ref r, p, TxnVerbs.OfKeys))
        .Add("Key", static (ref r, d, p) => d.Key = JsonValues.String(ref r, p))
        .Add("Value", static (ref r, d, p) => d.Value = JsonValues.Bytes(ref r, p))
        .Add("Flags", static (ref r, d, p) => d.Flags = JsonValues.UInt64(ref r, p))
        .Add("Index", static (ref r, d, p) => d.Index = JsonValues.UInt64(ref r, p))
        .Add("Session", static (ref r, d, p) => d.Session = JsonValues.String(ref r, p))
        .Add("Namespace", static (ref r, d, p) => d.Namespace = NamespaceOf(ref r, p))
        .Ignore("Partition");

    private static readonly JsonShape<TxnBody> NodeShape = new JsonShape<TxnBody>(() => new TxnBody())
        .Add("Verb", static (ref r, d, p) => d.Verb = VerbOf(ref r, p, TxnVerbs.OfCatalog))
        .Add("Node", static (ref r, d, p) =>
        {
            d.Node = NodeBody.Shape.Read(ref r, p);
            d.Index = d.Node.ModifyIndex;
        });

    private static readonly JsonShape<TxnBody> ServiceShape = new JsonShape<TxnBody>(() => new TxnBody())
        .Add("Verb", static (ref r, d, p) => d.Verb = VerbOf(ref r, p, TxnVerbs.OfCatalog))
        .Add("Node", static (ref r, d, p) => d.NodeName = JsonValues.String(ref r, p))
        .Add("Service", static (ref r, d, p) =>
        {
            d.Index = ModifyIndexOf(r);
            d.Service = ServiceBody.Catalog.Read(ref r, p);
        });

    private static readonly JsonShape<TxnBody> CheckShape = new JsonShape<TxnBody>(() => new TxnBody())
        .Add("Verb", static (ref r, d, p) => d.Verb = VerbOf(ref r, p, TxnVerbs.OfCatalog))
        .Add("Check", static (ref r, d, p) =>
        {
            d.Index = ModifyIndexOf(r);
            d.Check = CheckBody.Shape.Read(ref r, p);
        });

    public static JsonShape<TxnBody> Shape { get; } = new JsonShape<TxnBody>(() => new TxnBody())
        .Add("KV", static (ref r, d, p) => d.Take(KeyShape.Read(ref r, p), TxnSubject.Key))
        .Add("Node", static (ref r, d, p) => d.Take(NodeShape.Read(ref r, p), TxnSubject.Node))
        .Add("Service", static (ref r, d, p) => d.Take(ServiceShape.Read(ref r, p), TxnSubject.Service))
        .Add("Check", static (ref r, d, p) => d.Take(CheckShape.Read(ref r, p), TxnSubject.Check));

    private void Take(TxnBody read, TxnSubject subject)
    {
        (Subjects, Subject, Verb, Key, Namespace, Value) = (Subjects + 1, subject, read.Verb, read.Key, read.Namespace, read.Value);
        (Flags, Index, Session, NodeName, Node, Service, Check) = (read.Flags, read.Index, read.Session, read.NodeName, read.Node, read.Service, read.Check);
    }

    private static TxnVerb VerbOf(ref Utf8JsonReader reader, string path, FrozenDictionary<string, TxnVerb> verbs)
    {
        var word = JsonValues.String(ref reader, path);
        return verbs.TryGetValue(word, out var verb) ? verb : throw new DecodeException($"field \"{path}\": there is no verb \"{JsonValues.Shown(word)}\"");
    }

    private static string NamespaceOf(ref Utf8JsonReader reader, string path)
    {
        var name = JsonValues.String(ref reader, path);
        return name.Length == 0 || Names.CheckName(name) is null ? name : throw new DecodeException($"field \"{path}\" {Names.CheckName(name)}");
    }

    /// <summary>The index that comes inside of the thing itself, which elsewhere means nothing.</summary>
    private static ulong ModifyIndexOf(Utf8JsonReader reader)
    {
        var (depth, index) = (reader.CurrentDepth, 0UL);
        if (reader.TokenType != JsonTokenType.StartObject)
            return 0;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            var named = reader.TokenType == JsonTokenType.PropertyName && string.Equals(reader.GetString(), "ModifyIndex", StringComparison.OrdinalIgnoreCase);
            reader.Read();
            if (named && reader.TokenType == JsonTokenType.Number && !reader.TryGetUInt64(out index))
                throw new DecodeException("field \"ModifyIndex\" wants a whole number that is not negative");
            reader.Skip();
        }

        return index;
    }
}
