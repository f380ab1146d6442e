namespace Konsul.Mesh.Server.Http;

/// <summary>The query string. Names are exact; a flag counts by its presence, whatever its value, so <c>?recurse=false</c> recurses.</summary>
internal sealed class QueryParameters
{
    private readonly List<KeyValuePair<string, string>> _pairs = [];

    public static QueryParameters Empty { get; } = new();

    public static QueryParameters Parse(string query)
    {
        if (query.Length == 0)
            return Empty;

        var parameters = new QueryParameters();
        foreach (var range in query.AsSpan().Split('&'))
        {
            var pair = query.AsSpan()[range];
            if (pair.IsEmpty)
                continue;
            var equals = pair.IndexOf('=');
            var name = RequestTarget.Decode(equals < 0 ? pair : pair[..equals], plusIsSpace: true, printable: false);
            var value = equals < 0 ? "" : RequestTarget.Decode(pair[(equals + 1)..], plusIsSpace: true, printable: false);
            if (name is null || value is null)
                throw ApiException.BadRequest("Invalid query string: a percent escape is broken or not UTF-8");
            parameters._pairs.Add(new(name, value));
        }

        return parameters;
    }

    public bool Has(string name) => _pairs.Exists(p => p.Key == name);

    /// <summary>The first value, empty when absent.</summary>
    public string Value(string name)
    {
        foreach (var (key, value) in _pairs)
        {
            if (key == name)
                return value;
        }

        return "";
    }

    /// <summary>What was asked, but for how long to wait for news: equal for questions with equal answers.</summary>
    public string Question() => string.Join('&', _pairs.Where(p => p.Key is not ("index" or "wait" or "token")).Select(p => $"{p.Key}={p.Value}"));

    public IEnumerable<string> Values(string name) => _pairs.Where(p => p.Key == name).Select(p => p.Value);
}
