using System.Text.Json;
using System.Text.Json.Serialization;

namespace Konsul.Mesh.Server.Json;

/// <summary>Serialisation without reflection, for the few values that are passed through as they came.</summary>
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class JsonText : JsonSerializerContext;
