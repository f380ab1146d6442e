using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Konsul.Mesh.Server.Http;

/// <summary>Who may ask while ACLs are on: whoever holds the management token. Without ACLs: everybody.</summary>
internal sealed class TokenGuard
{
    private const string BearerScheme = "Bearer ";
    private readonly byte[]? _managementToken;

    public TokenGuard(string? managementToken) => _managementToken = managementToken is null ? null : Encoding.UTF8.GetBytes(managementToken);

    public bool Enabled => _managementToken is not null;

    /// <summary>The token in Consul's order: the (deprecated) parameter, its header, a bearer authorisation; null when there is none.</summary>
    public static string? TokenOf(HttpRequest request, QueryParameters query)
    {
        if (query.Value("token") is { Length: > 0 } parameter)
            return parameter;
        if (request.Headers["X-Consul-Token"].ToString() is { Length: > 0 } header)
            return header;
        var authorization = request.Headers.Authorization.ToString();
        return authorization.StartsWith(BearerScheme, StringComparison.OrdinalIgnoreCase) ? authorization[BearerScheme.Length..].Trim() : null;
    }

    /// <summary>Null when the token suffices, else the sentence of the 403.</summary>
    /// <param name="token">As presented; null for none.</param>
    /// <param name="permission">What the request needs, such as <c>key:write</c>.</param>
    /// <param name="on">What it needs it on.</param>
    public string? Refusal(string? token, string permission, string on)
    {
        if (_managementToken is null)
            return null;
        if (string.IsNullOrEmpty(token))
        {
            return $"Permission denied: anonymous token lacks permission '{permission}' on \"{on}\". " +
                "The anonymous token is used implicitly when a request does not specify a token.";
        }

        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), _managementToken) ? null : "ACL not found";
    }
}
