namespace Konsul.Mesh.Telemetry.Families;

/// <summary>A method is the client's text: only known ones become labels, as OpenTelemetry's HTTP conventions ask.</summary>
public static class HttpMethodLabel
{
    public const string Other = "_OTHER";

    public static string Of(string? method) => method switch
    {
        "GET" or "HEAD" or "POST" or "PUT" or "DELETE" or "CONNECT" or "OPTIONS" or "TRACE" or "PATCH" or "QUERY" => method,
        _ => Other,
    };
}
