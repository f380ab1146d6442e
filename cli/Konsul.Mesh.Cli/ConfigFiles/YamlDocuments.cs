using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Konsul.Mesh.Cli.ConfigFiles;

/// <summary>Entries in a YAML file, one per document, event by event. Aliases are refused: a few of them can stand for gigabytes.</summary>
internal static class YamlDocuments
{
    private const int MaxDepth = 32;

    public static IReadOnlyList<ConfigDocument> Read(string name, byte[] bytes)
    {
        var parser = new Parser(new StringReader(Encoding.UTF8.GetString(bytes)));
        var documents = new List<ConfigDocument>();
        while (parser.MoveNext())
        {
            if (parser.Current is not DocumentStart)
            {
                continue;
            }

            parser.MoveNext();
            if (parser.Current is Scalar { Value.Length: 0 })
            {
                // Nothing between two separators.
                continue;
            }

            var map = new LineMap((int)parser.Current!.Start.Line);
            var json = new ArrayBufferWriter<byte>(512);
            using (var writer = new Utf8JsonWriter(json))
            {
                Write(parser, writer, map, "", 0);
            }

            documents.Add(new ConfigDocument(name, json.WrittenSpan.ToArray(), map));
        }

        return documents;
    }

    private static void Write(Parser parser, Utf8JsonWriter writer, LineMap map, string path, int depth)
    {
        var current = parser.Current!;
        map.Add(path, (int)current.Start.Line);
        if (depth > MaxDepth)
        {
            throw new YamlException(current.Start, current.End, $"more than {MaxDepth} levels");
        }

        switch (current)
        {
            case MappingStart:
                writer.WriteStartObject();
                while (parser.MoveNext() && parser.Current is not MappingEnd)
                {
                    var key = parser.Current as Scalar ?? throw new YamlException(parser.Current!.Start, parser.Current.End, "a key must be plain text");
                    var member = path.Length == 0 ? key.Value : $"{path}.{key.Value}";
                    map.Add(member, (int)key.Start.Line);
                    writer.WritePropertyName(key.Value);
                    parser.MoveNext();
                    Write(parser, writer, map, member, depth + 1);
                }

                writer.WriteEndObject();
                break;
            case SequenceStart:
                writer.WriteStartArray();
                for (var i = 0; parser.MoveNext() && parser.Current is not SequenceEnd; i++)
                {
                    Write(parser, writer, map, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), depth + 1);
                }

                writer.WriteEndArray();
                break;
            case Scalar scalar:
                WriteScalar(scalar, writer);
                break;
            default:
                throw new YamlException(current.Start, current.End, "aliases are not supported");
        }
    }

    /// <summary>Quoted text is text; plain text is null, a truth value or a number where it looks like one in JSON.</summary>
    private static void WriteScalar(Scalar scalar, Utf8JsonWriter writer)
    {
        var text = scalar.Value;
        if (scalar.Style != ScalarStyle.Plain)
        {
            writer.WriteStringValue(text);
        }
        else if (text is "" or "null" or "~" or "Null" or "NULL")
        {
            writer.WriteNullValue();
        }
        else if (text is "true" or "True" or "TRUE" or "false" or "False" or "FALSE")
        {
            writer.WriteBooleanValue(text[0] is 't' or 'T');
        }
        else if (IsNumber(text))
        {
            writer.WriteRawValue(text);
        }
        else
        {
            writer.WriteStringValue(text);
        }
    }

    private static bool IsNumber(string text)
    {
        if (!char.IsAsciiDigit(text[^1]) || !(char.IsAsciiDigit(text[0]) || text[0] == '-'))
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
            return reader.Read() && reader.TokenType == JsonTokenType.Number && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
