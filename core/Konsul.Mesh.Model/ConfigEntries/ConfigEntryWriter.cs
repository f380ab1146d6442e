using System.Buffers;
using System.Collections;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Konsul.Mesh.Model.ConfigEntries;

/// <summary>Entries as JSON, in Consul's form: the kind and the name first, members that say nothing left out.</summary>
public static class ConfigEntryWriter
{
    private static readonly JsonSerializerOptions Sparse = new(ConfigEntryJson.Default.Options)
    {
        TypeInfoResolver = ConfigEntryJson.Default.WithAddedModifier(LeaveOutEmpty),
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write(Utf8JsonWriter writer, ConfigEntry entry)
    {
        using var document = JsonSerializer.SerializeToDocument(entry, Sparse.GetTypeInfo(entry.GetType()));
        writer.WriteStartObject();
        writer.WriteString("Kind", entry.Kind);
        foreach (var member in document.RootElement.EnumerateObject())
        {
            member.WriteTo(writer);
        }

        writer.WriteEndObject();
    }

    /// <summary>A part of an entry, such as a route.</summary>
    public static void WritePart<T>(Utf8JsonWriter writer, T part)
        where T : class => JsonSerializer.Serialize(writer, part, Sparse.GetTypeInfo(typeof(T)));

    /// <summary>The same form as bytes: equal entries give equal bytes.</summary>
    public static byte[] ToBytes(ConfigEntry entry)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            Write(writer, entry);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void LeaveOutEmpty(JsonTypeInfo type)
    {
        for (var i = type.Properties.Count - 1; i >= 0; i--)
        {
            var property = type.Properties[i];
            if (property.Name == nameof(ConfigEntry.Kind) && type.Type.IsAssignableTo(typeof(ConfigEntry)))
            {
                // Written first, by hand.
                type.Properties.RemoveAt(i);
                continue;
            }

            // A weight of 0 is told; a number that may be null says something when it is 0.
            if (property.PropertyType != typeof(double) && Nullable.GetUnderlyingType(property.PropertyType) is null)
            {
                property.ShouldSerialize = static (_, value) => !IsEmpty(value);
            }
            else if (property.PropertyType != typeof(double))
            {
                property.ShouldSerialize = static (_, value) => value is not null;
            }
        }
    }

    private static bool IsEmpty(object? value) => value switch
    {
        null or "" or false or 0 or 0L or 0UL => true,
        TimeSpan span => span == TimeSpan.Zero,
        ICollection list => list.Count == 0,
        _ => false,
    };
}
