using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Konsul.Mesh.Model.Text;

namespace Konsul.Mesh.Model.ConfigEntries;

/// <summary>
/// Rewrites JSON as people and clients send it into the one form that the generated reader takes, and refuses what does not fit the type, naming
/// the member: names in any case or in snake_case become exact; an unknown name, a name given twice and a value of a wrong type are refused; null
/// counts as not given; durations may be Go text or nanoseconds.
/// </summary>
internal sealed class CanonicalJson(Utf8JsonWriter writer)
{
    private static readonly ConcurrentDictionary<JsonTypeInfo, Dictionary<string, JsonPropertyInfo>> Members = new();

    /// <param name="reader">Stands on the value's first token; stands on its last one afterwards.</param>
    /// <param name="type">What the value is to become.</param>
    /// <param name="path">The value's full name, for messages.</param>
    public void Write(ref Utf8JsonReader reader, JsonTypeInfo type, string path)
    {
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object:
                WriteObject(ref reader, type, path);
                break;
            case JsonTypeInfoKind.Dictionary:
                WriteMap(ref reader, type, path);
                break;
            case JsonTypeInfoKind.Enumerable:
                WriteList(ref reader, type, path);
                break;
            default:
                WriteScalar(ref reader, type.Type, path);
                break;
        }
    }

    private void WriteObject(ref Utf8JsonReader reader, JsonTypeInfo type, string path)
    {
        Require(ref reader, JsonTokenType.StartObject, path, "an object");
        var members = Members.GetOrAdd(type, MembersOf);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        writer.WriteStartObject();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (!members.TryGetValue(Key(name), out var member))
            {
                SkipKnown(ref reader, name, path);
                continue;
            }

            var full = Join(path, member.Name);
            if (!seen.Add(member.Name))
            {
                throw ConfigEntryException.Form(full, $"field \"{full}\" is given twice");
            }

            if (reader.TokenType != JsonTokenType.Null)
            {
                writer.WritePropertyName(member.Name);
                Write(ref reader, member.Options.GetTypeInfo(member.PropertyType), full);
            }
        }

        writer.WriteEndObject();
    }

    private void WriteMap(ref Utf8JsonReader reader, JsonTypeInfo type, string path)
    {
        Require(ref reader, JsonTokenType.StartObject, path, "an object");
        var element = type.Options.GetTypeInfo(type.ElementType!);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        writer.WriteStartObject();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            var full = Join(path, ShownText.Of(name));
            if (!seen.Add(name))
            {
                throw ConfigEntryException.Form(full, $"field \"{full}\" is given twice");
            }

            reader.Read();
            writer.WritePropertyName(name);
            Write(ref reader, element, full);
        }

        writer.WriteEndObject();
    }

    private void WriteList(ref Utf8JsonReader reader, JsonTypeInfo type, string path)
    {
        Require(ref reader, JsonTokenType.StartArray, path, "a list");
        var element = type.Options.GetTypeInfo(type.ElementType!);
        writer.WriteStartArray();
        for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
        {
            Write(ref reader, element, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"));
        }

        writer.WriteEndArray();
    }

    private void WriteScalar(ref Utf8JsonReader reader, Type type, string path)
    {
        var token = reader.TokenType;
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        if (plain == typeof(string))
        {
            Require(ref reader, JsonTokenType.String, path, "a string");
            writer.WriteStringValue(reader.GetString());
        }
        else if (plain == typeof(bool))
        {
            writer.WriteBooleanValue(token is JsonTokenType.True || (token is not JsonTokenType.False ? throw Wrong(ref reader, path, "true or false") : false));
        }
        else if (plain == typeof(TimeSpan))
        {
            writer.WriteStringValue(DurationConverter.TryRead(ref reader, out var value)
                ? DurationText.Format(value)
                : throw Wrong(ref reader, path, "a duration such as \"10s\", or nanoseconds, from 0 to 100 years"));
        }
        else if (plain == typeof(DateTimeOffset))
        {
            var time = default(DateTimeOffset);
            var good = token == JsonTokenType.String && reader.TryGetDateTimeOffset(out time);
            writer.WriteStringValue(good ? time : throw Wrong(ref reader, path, "a time such as \"2026-01-31T12:00:00Z\""));
        }
        else if (plain == typeof(JsonElement))
        {
            using var document = JsonDocument.ParseValue(ref reader);
            document.RootElement.WriteTo(writer);
        }
        else if (plain == typeof(double))
        {
            var number = 0d;
            var good = token == JsonTokenType.Number && reader.TryGetDouble(out number) && double.IsFinite(number);
            writer.WriteNumberValue(good ? number : throw Wrong(ref reader, path, "a number"));
        }
        else
        {
            WriteWhole(ref reader, plain, path);
        }
    }

    private void WriteWhole(ref Utf8JsonReader reader, Type type, string path)
    {
        var number = 0L;
        var unsigned = type == typeof(ulong);
        if (reader.TokenType != JsonTokenType.Number
            || (unsigned ? !reader.TryGetUInt64(out _) : !reader.TryGetInt64(out number))
            || (type == typeof(int) && number is < int.MinValue or > int.MaxValue))
        {
            throw Wrong(ref reader, path, "a whole number");
        }

        if (number < 0)
        {
            throw ConfigEntryException.Form(path, $"field \"{path}\" must not be negative");
        }

        writer.WriteRawValue(reader.ValueSpan);
    }

    /// <summary>Tenancy that clients write out although there is only the default one, and what the server alone decides.</summary>
    private static void SkipKnown(ref Utf8JsonReader reader, string name, string path)
    {
        var full = Join(path, ShownText.Of(name));
        switch (Key(name))
        {
            case "namespace" or "partition" or "peer" or "samenessgroup":
                if (reader.TokenType != JsonTokenType.Null && !(reader.TokenType == JsonTokenType.String && reader.GetString() is "" or "default"))
                {
                    throw ConfigEntryException.Form(full, $"field \"{full}\": only the default one exists here");
                }

                break;
            case "kind" or "hash" or "raftindex" or "status" when path.Length == 0:
                reader.Skip();
                break;
            default:
                throw ConfigEntryException.Form(full, $"unknown field \"{full}\"");
        }
    }

    private static Dictionary<string, JsonPropertyInfo> MembersOf(JsonTypeInfo type) => type.Properties
        .Where(p => p.Name != nameof(ConfigEntry.Kind))
        .ToDictionary(p => Key(p.Name), StringComparer.Ordinal);

    private static string Key(string name) => name.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static void Require(ref Utf8JsonReader reader, JsonTokenType token, string path, string wanted)
    {
        if (reader.TokenType != token)
        {
            throw Wrong(ref reader, path, wanted);
        }
    }

    private static ConfigEntryException Wrong(ref Utf8JsonReader reader, string path, string wanted)
    {
        var got = reader.TokenType switch
        {
            JsonTokenType.String => $"the string \"{ShownText.Of(reader.GetString()!)}\"",
            JsonTokenType.Number => $"the number {ShownText.Of(Encoding.ASCII.GetString(reader.ValueSpan))}",
            JsonTokenType.True or JsonTokenType.False => "a truth value",
            JsonTokenType.StartArray => "a list",
            JsonTokenType.StartObject => "an object",
            _ => "null",
        };
        return ConfigEntryException.Form(path, path.Length == 0 ? $"want {wanted}, got {got}" : $"field \"{path}\" wants {wanted}, got {got}");
    }
}
