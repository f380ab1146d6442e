using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.Bodies;

internal sealed class IntentionBody
{
    public string SourceName { get; private set; } = "";

    public string DestinationName { get; private set; } = "";

    public IntentionAction? Action { get; private set; }

    public string Description { get; private set; } = "";

    /// <summary>A list, to be read as the config entry's; empty when there is none.</summary>
    public ReadOnlyMemory<byte> PermissionsJson { get; private set; }

    public ImmutableSortedDictionary<string, string> Meta { get; private set; } = ImmutableSortedDictionary<string, string>.Empty;

    public static JsonShape<IntentionBody> Shape { get; } = new JsonShape<IntentionBody>(() => new IntentionBody())
        .Add("SourceName", static (ref r, d, p) => d.SourceName = JsonValues.String(ref r, p))
        .Add("DestinationName", static (ref r, d, p) => d.DestinationName = JsonValues.String(ref r, p))
        .Add("Action", static (ref r, d, p) => d.Action = ActionOf(JsonValues.String(ref r, p), p))
        .Add("Description", static (ref r, d, p) => d.Description = JsonValues.String(ref r, p))
        .Add("Meta", static (ref r, d, p) => d.Meta = JsonValues.StringMap(ref r, p))
        .Add("SourceType", static (ref r, _, p) => Require(JsonValues.String(ref r, p), p, "consul"))
        .Add("SourceNS", static (ref r, _, p) => Require(JsonValues.String(ref r, p), p, "default"))
        .Add("DestinationNS", static (ref r, _, p) => Require(JsonValues.String(ref r, p), p, "default"))
        .Add("SourcePartition", static (ref r, _, p) => Require(JsonValues.String(ref r, p), p, "default"))
        .Add("DestinationPartition", static (ref r, _, p) => Require(JsonValues.String(ref r, p), p, "default"))
        .Add("SourcePeer", static (ref r, _, p) => Require(JsonValues.String(ref r, p), p, ""))
        .Add("Permissions", static (ref r, d, p) => d.PermissionsJson = JsonMarshal.GetRawUtf8Value(JsonElement.ParseValue(ref r)).ToArray())
        .Ignore("ID", "Precedence", "CreatedAt", "UpdatedAt", "CreateIndex", "ModifyIndex", "Hash");

    private static IntentionAction? ActionOf(string word, string path) => word switch
    {
        "" => null,
        "allow" => IntentionAction.Allow,
        "deny" => IntentionAction.Deny,
        _ => throw new DecodeException($"field \"{path}\" wants allow or deny, got \"{JsonValues.Shown(word)}\""),
    };

    private static void Require(string word, string path, string only)
    {
        if (word.Length > 0 && word != only)
            throw new DecodeException($"field \"{path}\": only \"{only}\" is known, got \"{JsonValues.Shown(word)}\"");
    }
}
