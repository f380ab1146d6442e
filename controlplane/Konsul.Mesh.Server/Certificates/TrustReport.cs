using System.Text.Json;

namespace Konsul.Mesh.Server.Certificates;

/// <summary>How far one server and its proxies have taken the roots.</summary>
/// <param name=nameof(Index)>Of the roots that are in force on the server.</param>
/// <param name=nameof(Proxies)>Proxies that are connected to it.</param>
/// <param name=nameof(Behind)>Of these, how many have not accepted the roots of its state.</param>
internal sealed record TrustReport(ulong Index, int Proxies, int Behind)
{
    public byte[] ToJson()
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteNumber(nameof(Index), Index);
            writer.WriteNumber(nameof(Proxies), Proxies);
            writer.WriteNumber(nameof(Behind), Behind);
            writer.WriteEndObject();
        }

        return json.ToArray();
    }

    /// <summary>Null when it is none.</summary>
    public static TrustReport? TryRead(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            return new TrustReport(root.GetProperty(nameof(Index)).GetUInt64(), root.GetProperty(nameof(Proxies)).GetInt32(), root.GetProperty(nameof(Behind)).GetInt32());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
