using System.Globalization;
using System.Text.Json;
using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.EtcdGateway;

/// <summary>Values as protobuf's JSON writes them: 64-bit numbers as strings or numbers, enumerations by name or number.</summary>
internal static class EtcdValues
{
    public static long Number(ref Utf8JsonReader reader, string path)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number))
            return number;
        return reader.TokenType == JsonTokenType.String && long.TryParse(reader.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)
            ? number
            : throw JsonValues.Wrong(ref reader, path, "a whole number");
    }

    public static T Enum<T>(ref Utf8JsonReader reader, string path)
        where T : struct, Enum
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number) && System.Enum.IsDefined(typeof(T), number))
            return (T)System.Enum.ToObject(typeof(T), number);
        return reader.TokenType == JsonTokenType.String && System.Enum.TryParse<T>(reader.GetString()!.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var value)
            && System.Enum.IsDefined(value)
            ? value
            : throw JsonValues.Wrong(ref reader, path, $"one of {string.Join(", ", System.Enum.GetNames<T>())}");
    }
}
