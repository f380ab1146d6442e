namespace Konsul.Mesh.Server.Http;

/// <summary>A request that ends with this status and this bare text, as Consul's errors do.</summary>
internal sealed class ApiException(int status, string text) : Exception(text)
{
    public int Status { get; } = status;

    public static ApiException BadRequest(string text) => new(400, text);

    public static ApiException NotFound(string text) => new(404, text);

    /// <summary>What Consul answers 500 with although the client is at fault; clients steer by these texts.</summary>
    public static ApiException Failed(string text) => new(500, text);
}
