using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Konsul.Mesh.Model.ConfigEntries;

/// <summary>An entry of any kind as a member of something else: its own JSON form, which names the kind.</summary>
public sealed class ConfigEntryConverter : JsonConverter<ConfigEntry>
{
    /// <exception cref="JsonException">Not an entry.</exception>
    public override ConfigEntry Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            return ConfigEntryReader.ReadStored(JsonMarshal.GetRawUtf8Value(JsonElement.ParseValue(ref reader)));
        }
        catch (ConfigEntryException e)
        {
            throw new JsonException(e.Message, e);
        }
    }

    public override void Write(Utf8JsonWriter writer, ConfigEntry value, JsonSerializerOptions options) => ConfigEntryWriter.Write(writer, value);
}
