using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.Model.Queries;

namespace Konsul.Mesh.Model.ConfigEntries;

/// <summary>The JSON form of entries. Only canonical JSON may be read with it: see <see cref="ConfigEntryReader"/>.</summary>
[JsonSourceGenerationOptions(IgnoreReadOnlyProperties = true, RespectNullableAnnotations = true, Converters = [typeof(DurationConverter)])]
[JsonSerializable(typeof(ServiceDefaults))]
[JsonSerializable(typeof(ServiceRouter))]
[JsonSerializable(typeof(ServiceSplitter))]
[JsonSerializable(typeof(ServiceResolver))]
[JsonSerializable(typeof(ProxyDefaults))]
[JsonSerializable(typeof(MeshConfig))]
[JsonSerializable(typeof(ServiceIntentions))]
[JsonSerializable(typeof(JwtProvider))]
[JsonSerializable(typeof(IngressGateway))]
[JsonSerializable(typeof(TerminatingGateway))]
[JsonSerializable(typeof(ExportedServices))]
[JsonSerializable(typeof(RateLimit))]
[JsonSerializable(typeof(PreparedQuery))]
[JsonSerializable(typeof(ImmutableArray<IntentionPermission>))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class ConfigEntryJson : JsonSerializerContext;
