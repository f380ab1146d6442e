using System.Collections.Immutable;

namespace Konsul.Mesh.Model.Chains;

/// <summary>What routes look at.</summary>
/// <param name="Method">Upper case.</param>
/// <param name="Path">In its normal form, without the query.</param>
/// <param name="Query">Names and values, decoded, in order.</param>
/// <param name="Headers">In order; names without case.</param>
public sealed record ChainHttpRequest(
    string Method, string Path, ImmutableArray<KeyValuePair<string, string>> Query, ImmutableArray<KeyValuePair<string, string>> Headers)
{
    /// <summary>The first value, null without one.</summary>
    public string? QueryValue(string name) => Query.Where(q => q.Key == name).Select(q => q.Value).FirstOrDefault();

    /// <summary>All values of a header as one, null without any.</summary>
    public string? HeaderValue(string name)
    {
        var values = Headers.Where(h => string.Equals(h.Key, name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value).ToList();
        return values.Count == 0 ? null : string.Join(',', values);
    }
}
