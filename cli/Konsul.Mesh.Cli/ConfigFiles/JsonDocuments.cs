using System.Globalization;
using System.Text.Json;

namespace Konsul.Mesh.Cli.ConfigFiles;

/// <summary>Entries in a JSON file: one object, or a list of objects.</summary>
internal static class JsonDocuments
{
    public static IReadOnlyList<ConfigDocument> Read(string name, byte[] bytes)
    {
        try
        {
            var lines = LineStarts(bytes);
            var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = 64 });
            reader.Read();
            var documents = new List<ConfigDocument>();
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                documents.Add(Take(name, bytes, lines, ref reader));
            }
            else
            {
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (reader.TokenType != JsonTokenType.StartObject)
                    {
                        throw new CliException(CliExit.BadFile, $"{name}:{Line(lines, reader.TokenStartIndex)}: want an object");
                    }

                    documents.Add(Take(name, bytes, lines, ref reader));
                }
            }

            reader.Read();
            return documents;
        }
        catch (JsonException e)
        {
            throw new CliException(CliExit.BadFile, string.Create(CultureInfo.InvariantCulture, $"{name}:{e.LineNumber + 1}: this is not JSON"));
        }
    }

    private static ConfigDocument Take(string name, byte[] bytes, List<int> lines, ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        var map = new LineMap(Line(lines, start));
        Walk(ref reader, lines, map, "");
        return new ConfigDocument(name, bytes[start..(int)reader.BytesConsumed], map);
    }

    private static void Walk(ref Utf8JsonReader reader, List<int> lines, LineMap map, string path)
    {
        if (path.Length > 0)
        {
            map.Add(path, Line(lines, reader.TokenStartIndex));
        }

        if (reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var member = path.Length == 0 ? Text(ref reader) : $"{path}.{Text(ref reader)}";
                map.Add(member, Line(lines, reader.TokenStartIndex));
                reader.Read();
                Walk(ref reader, lines, map, member);
            }
        }
        else if (reader.TokenType == JsonTokenType.StartArray)
        {
            for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
            {
                Walk(ref reader, lines, map, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"));
            }
        }
    }

    private static string Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // Not UTF-8: the decoder says so.
            return "?";
        }
    }

    private static List<int> LineStarts(byte[] bytes)
    {
        var starts = new List<int> { 0 };
        for (var at = bytes.AsSpan().IndexOf((byte)'\n'); at >= 0;)
        {
            starts.Add(at + 1);
            var next = bytes.AsSpan(at + 1).IndexOf((byte)'\n');
            at = next < 0 ? -1 : at + 1 + next;
        }

        return starts;
    }

    private static int Line(List<int> starts, long offset)
    {
        var at = starts.BinarySearch((int)offset);
        return at >= 0 ? at + 1 : ~at;
    }
}
