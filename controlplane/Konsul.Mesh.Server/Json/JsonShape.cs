using System.Text.Json;

namespace Konsul.Mesh.Server.Json;

/// <summary>Reads one field's value, on which the reader stands, into the target.</summary>
/// <param name="reader">Stands on the value's first token; must stand on its last one afterwards.</param>
/// <param name="target">What is being filled.</param>
/// <param name="path">The field's full name, for messages.</param>
internal delegate void FieldReader<in T>(ref Utf8JsonReader reader, T target, string path);

/// <summary>
/// What a JSON object may hold, and the only way a body is decoded. The rules are Consul's for every endpoint: content type is not looked
/// at, names match without case, an unknown name is refused, null leaves the default, durations are Go strings or nanoseconds, bytes are
/// base64. Beyond Consul: a name given twice and anything after the object are refused, since the writer cannot have meant it.
/// </summary>
internal sealed class JsonShape<T>(Func<T> create)
    where T : class
{
    private const int MaxDepth = 16;
    private readonly Dictionary<string, Field> _fields = new(StringComparer.OrdinalIgnoreCase);
    private bool _open;

    private sealed record Field(string Name, FieldReader<T> Read);

    /// <summary>A field under its name and any further spellings (Consul takes snake_case for service and check fields).</summary>
    public JsonShape<T> Add(string name, FieldReader<T> read, params ReadOnlySpan<string> aliases)
    {
        var field = new Field(name, read);
        _fields.Add(name, field);
        foreach (var alias in aliases)
            _fields.Add(alias, field);
        return this;
    }

    /// <summary>Fields that are accepted because clients send them, and that mean nothing here.</summary>
    public JsonShape<T> Ignore(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            Add(name, static (ref reader, _, _) => reader.Skip());
        return this;
    }

    /// <summary>Unknown names are skipped instead of refused.</summary>
    public JsonShape<T> Open()
    {
        _open = true;
        return this;
    }

    public T Decode(ReadOnlySpan<byte> body) => Decode(body, Read);

    /// <summary>A body that is a list of such objects.</summary>
    /// <param name="body">The whole of it.</param>
    /// <param name="max">So many at most.</param>
    /// <param name="tooMany">What is thrown for more.</param>
    public List<T> DecodeList(ReadOnlySpan<byte> body, int max, Func<int, Exception> tooMany) => Decode(body, (ref reader, path) =>
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw JsonValues.Wrong(ref reader, path, "a list");
        var items = new List<T>();
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (++count <= max)
                items.Add(Read(ref reader, $"[{items.Count}]"));
            else
                reader.Skip();
        }

        return count <= max ? items : throw tooMany(count);
    });

    private static TValue Decode<TValue>(ReadOnlySpan<byte> body, JsonValues.ItemReader<TValue> read)
    {
        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });
            if (!reader.Read())
                throw new DecodeException("EOF");
            var value = read(ref reader, "");
            if (reader.Read())
                throw new DecodeException("there is more after its end");
            return value;
        }
        catch (JsonException e)
        {
            throw new DecodeException(body.IsEmpty ? "EOF" : $"invalid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine}");
        }
        catch (InvalidOperationException)
        {
            // What the reader throws for a string that is not UTF-8.
            throw new DecodeException("a string is not valid UTF-8");
        }
    }

    public T Read(ref Utf8JsonReader reader, string path)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw JsonValues.Wrong(ref reader, path, "an object");

        var target = create();
        var seen = new HashSet<Field>(ReferenceEqualityComparer.Instance);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (!_fields.TryGetValue(name, out var field))
            {
                if (!_open)
                    throw new DecodeException($"unknown field \"{JsonValues.Shown(Join(path, name))}\"");
                reader.Skip();
                continue;
            }

            var full = Join(path, field.Name);
            if (!seen.Add(field))
                throw new DecodeException($"field \"{full}\" is given twice");
            if (reader.TokenType != JsonTokenType.Null)
                field.Read(ref reader, target, full);
        }

        return target;
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
