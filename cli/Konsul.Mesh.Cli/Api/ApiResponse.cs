using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Konsul.Mesh.Cli.Api;

/// <summary>An answer that is neither a refusal of access nor a server's failure; 404 is for the caller to judge.</summary>
internal sealed record ApiResponse(HttpStatusCode Status, byte[] Body)
{
    /// <summary>X-Consul-Index, 0 without one.</summary>
    public ulong Index { get; init; }

    public bool IsFound => Status != HttpStatusCode.NotFound;

    public string Text => Encoding.UTF8.GetString(Body).Trim();

    public JsonNode Json()
    {
        try
        {
            return JsonNode.Parse(Body) ?? new JsonArray();
        }
        catch (JsonException)
        {
            throw new CliException(CliExit.Failed, "the server's answer is not JSON; is this the address of konsul-server's HTTP API?");
        }
    }

    /// <summary>An array, also where the server says null.</summary>
    public JsonArray Array() => Json() as JsonArray
        ?? throw new CliException(CliExit.Failed, "the server's answer is not the list that was expected");

    public JsonObject Object() => Json() as JsonObject
        ?? throw new CliException(CliExit.Failed, "the server's answer is not the object that was expected");
}
