using System.Text.Json;
using Konsul.Mesh.State.Transactions;

namespace Konsul.Mesh.Server.Shapes;

/// <summary>What a transaction answers; the list that there is none of is null.</summary>
internal static class TxnShape
{
    public static void Write(Utf8JsonWriter writer, IReadOnlyList<TxnResult>? results, IReadOnlyList<TxnError> errors)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("Results");
        if (results is { Count: > 0 })
            writer.WriteList(results, WriteResult);
        else
            writer.WriteNullValue();
        writer.WritePropertyName("Errors");
        if (errors.Count > 0)
            writer.WriteList(errors, WriteError);
        else
            writer.WriteNullValue();
        writer.WriteEndObject();
    }

    private static void WriteResult(Utf8JsonWriter writer, TxnResult result)
    {
        writer.WriteStartObject();
        if (result.Entry is { } entry)
        {
            writer.WritePropertyName("KV");
            KvShape.Write(writer, entry);
        }
        else if (result.Node is { } node)
        {
            writer.WritePropertyName("Node");
            NodeShape.Write(writer, node);
        }
        else if (result.Service is { } service)
        {
            writer.WritePropertyName("Service");
            ServiceShape.WriteOfNode(writer, service);
        }
        else if (result.Check is { } check)
        {
            writer.WritePropertyName("Check");
            CheckShape.Write(writer, check);
        }

        writer.WriteEndObject();
    }

    private static void WriteError(Utf8JsonWriter writer, TxnError error)
    {
        writer.WriteStartObject();
        writer.WriteNumber("OpIndex", error.Operation);
        writer.WriteString("What", error.What);
        writer.WriteEndObject();
    }
}
