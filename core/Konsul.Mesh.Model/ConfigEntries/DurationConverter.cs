using System.Text.Json;
using System.Text.Json.Serialization;
using Konsul.Mesh.Model.Text;

namespace Konsul.Mesh.Model.ConfigEntries;

/// <summary>Durations as Go prints them; read from that form or from nanoseconds.</summary>
internal sealed class DurationConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        TryRead(ref reader, out var value) ? value : throw new JsonException("not a duration");

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteStringValue(DurationText.Format(value));

    /// <summary>False for what is no duration between 0 and 100 years.</summary>
    public static bool TryRead(ref Utf8JsonReader reader, out TimeSpan value)
    {
        value = default;
        var good = reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString() is var text && (text!.Length == 0 || GoDuration.TryParse(text, out value)),
            JsonTokenType.Number when reader.TryGetInt64(out var nanoseconds) => (value = TimeSpan.FromTicks(nanoseconds / 100)) == value && nanoseconds >= 0,
            _ => false,
        };
        return good && value >= TimeSpan.Zero && value <= TimeSpan.FromDays(36500);
    }
}
