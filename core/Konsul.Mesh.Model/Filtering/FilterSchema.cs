using System.Buffers;
using System.Text.Json;

namespace Konsul.Mesh.Model.Filtering;

/// <summary>
/// What the items of one list have, so that a mistyped selector is refused and does not just find nothing. Learned from a sample that has every
/// field; a map in it holds the one key <see cref="AnyKey"/>.
/// </summary>
public sealed class FilterSchema
{
    public const string AnyKey = "*";

    private readonly JsonElement _sample;

    private FilterSchema(JsonElement sample) => _sample = sample;

    public static FilterSchema Of<T>(T sample, Action<Utf8JsonWriter, T> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            write(writer, sample);
        }

        var reader = new Utf8JsonReader(buffer.WrittenSpan);
        return new FilterSchema(JsonElement.ParseValue(ref reader));
    }

    /// <exception cref="FormatException">No item has it, or what it selects cannot be compared so; in Consul's words.</exception>
    public void Check(string[] selector, string operation)
    {
        var name = string.Join('.', selector);
        if (Find(selector) is not { } found)
            throw new FormatException($"Selector \"{name}\" is not valid");
        var allowed = operation switch
        {
            "Equal" or "Not Equal" => found.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array),
            "Is Empty" or "Is Not Empty" => found.ValueKind is JsonValueKind.String or JsonValueKind.Array || IsMap(found),
            "In" or "Not In" => found.ValueKind == JsonValueKind.String || IsMap(found) || (found.ValueKind == JsonValueKind.Array && !IsListOfObjects(found)),
            _ => found.ValueKind == JsonValueKind.String,
        };
        if (!allowed)
            throw new FormatException($"Invalid match operator \"{operation}\" for selector \"{name}\"");
    }

    private JsonElement? Find(string[] selector)
    {
        var at = _sample;
        foreach (var step in selector)
        {
            if (IsListOfObjects(at))
                at = at[0];
            if (at.ValueKind != JsonValueKind.Object || !(at.TryGetProperty(step, out var next) || at.TryGetProperty(AnyKey, out next)))
                return null;
            at = next;
        }

        return at;
    }

    private static bool IsMap(JsonElement element) => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(AnyKey, out _);

    private static bool IsListOfObjects(JsonElement element) =>
        element.ValueKind == JsonValueKind.Array && element.GetArrayLength() > 0 && element[0].ValueKind == JsonValueKind.Object;
}
