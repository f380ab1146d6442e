namespace Konsul.Mesh.Server.Http;

internal delegate Task ApiHandler(ApiContext context);

/// <summary>How much a request must prove before it is answered while ACLs are on.</summary>
internal enum Access
{
    /// <summary>The management token.</summary>
    Token,

    /// <summary>Anybody: probes, metrics, who leads.</summary>
    Open,
}

/// <summary>One path of the API and what each of its methods does.</summary>
/// <param name="Pattern">A path; one that ends in a slash also takes everything below it, and that rest is the parameter.</param>
/// <param name="Missing">The text of the 400 when the parameter is empty; null when it may be.</param>
internal sealed record ApiRoute(string Pattern, string? Missing = null)
{
    private readonly Dictionary<string, ApiHandler> _handlers = new(StringComparer.Ordinal);

    public Access Access { get; init; } = Access.Token;

    /// <summary>The kind of thing a token must have a permission on, as Consul's rules call it.</summary>
    public string Resource { get; init; } = "operator";

    /// <summary>Answers for every namespace; other routes know the default one only.</summary>
    public bool Namespaced { get; init; }

    /// <summary>Longest body taken, bytes.</summary>
    public int MaxBody { get; init; } = 64 * 1024;

    /// <summary>Whether <c>?cached</c> means something here.</summary>
    public bool Cacheable { get; init; }

    public bool IsPrefix => Pattern.EndsWith('/');

    /// <summary>As the Allow header lists them.</summary>
    public string Allow { get; private set; } = "OPTIONS";

    public ApiRoute On(string method, ApiHandler handler)
    {
        _handlers.Add(method, handler);
        Allow = $"{Allow},{method}";
        return this;
    }

    public ApiRoute Get(ApiHandler handler) => On("GET", handler);

    public ApiRoute Put(ApiHandler handler) => On("PUT", handler);

    public ApiRoute Post(ApiHandler handler) => On("POST", handler);

    public ApiRoute Delete(ApiHandler handler) => On("DELETE", handler);

    public ApiHandler? Handler(string method) => _handlers.GetValueOrDefault(method);
}
