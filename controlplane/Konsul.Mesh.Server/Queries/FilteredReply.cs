using System.Buffers;
using System.Text.Json;
using Konsul.Mesh.Model.Filtering;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Json;
using Konsul.Mesh.Server.Shapes;

namespace Konsul.Mesh.Server.Queries;

/// <summary>Lists and maps whose items a <c>filter</c> expression may thin out. It sees an item as the answer shows it.</summary>
internal static class FilteredReply
{
    public static Task ListAsync<T>(ApiContext context, IEnumerable<T> items, Action<Utf8JsonWriter, T> write, FilterSchema? schema = null)
    {
        return context.JsonAsync(Render(context, items, write, schema));
    }

    /// <summary>The same list, written but not sent.</summary>
    public static ReadOnlyMemory<byte> Render<T>(ApiContext context, IEnumerable<T> items, Action<Utf8JsonWriter, T> write, FilterSchema? schema)
    {
        var kept = Filter(context, items, write, schema);
        return context.Render(w => w.WriteList(kept, write));
    }

    public static Task MapAsync<T>(
        ApiContext context, IEnumerable<T> items, Func<T, string> name, Action<Utf8JsonWriter, T> write, FilterSchema? schema = null)
    {
        var kept = Filter(context, items, write, schema);
        return context.JsonAsync(w =>
        {
            w.WriteStartObject();
            foreach (var item in kept)
            {
                w.WritePropertyName(name(item));
                write(w, item);
            }

            w.WriteEndObject();
        });
    }

    /// <summary>For answers that have no items to filter: to answer all where a part was asked for would be wrong.</summary>
    public static void RefuseFilter(ApiContext context)
    {
        if (context.Query.Value("filter").Length > 0)
            throw ApiException.BadRequest("Invalid query parameter: \"filter\" - this answer cannot be filtered here");
    }

    /// <summary>The items that the request's filter takes; all where there is none.</summary>
    public static IEnumerable<T> Filter<T>(ApiContext context, IEnumerable<T> items, Action<Utf8JsonWriter, T> write, FilterSchema? schema)
    {
        if (context.Query.Value("filter") is not { Length: > 0 } text)
            return items;
        try
        {
            var filter = FilterParser.Parse(text, schema);
            return items.Where(item => filter(Shape(item, write))).ToList();
        }
        catch (FormatException e)
        {
            throw ApiException.BadRequest($"Failed to create boolean expression evaluator: {ShownText.Of(e.Message, 256)}");
        }
    }

    private static JsonElement Shape<T>(T item, Action<Utf8JsonWriter, T> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, JsonOutput.Compact))
        {
            write(writer, item);
        }

        var reader = new Utf8JsonReader(buffer.WrittenSpan);
        return JsonElement.ParseValue(ref reader);
    }
}
