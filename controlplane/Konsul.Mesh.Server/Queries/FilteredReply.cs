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
    public static Task ListAsync<T>(ApiContext context, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        var kept = Filter(context, items, write);
        return context.JsonAsync(w => w.WriteList(kept, write));
    }

    public static Task MapAsync<T>(ApiContext context, IEnumerable<T> items, Func<T, string> name, Action<Utf8JsonWriter, T> write)
    {
        var kept = Filter(context, items, write);
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

    private static IEnumerable<T> Filter<T>(ApiContext context, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        if (context.Query.Value("filter") is not { Length: > 0 } text)
            return items;
        try
        {
            var filter = FilterParser.Parse(text);
            return items.Where(item => filter(Shape(item, write))).ToList();
        }
        catch (FormatException e)
        {
            throw ApiException.BadRequest($"Failed to create boolean expression evaluator: {JsonValues.Shown(e.Message)}");
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
