using System.Globalization;

namespace Konsul.Mesh.Server.Queries;

/// <summary>What a request's Cache-Control asks for; what cannot be read asks for nothing (RFC 9111 section 5.2).</summary>
/// <param name="NoCache">Ask the leader.</param>
/// <param name="MaxAge">Ask the leader if the state is older.</param>
/// <param name="StaleIfError">How old the state may be when the leader does not answer.</param>
internal readonly record struct CacheDirectives(bool NoCache, TimeSpan? MaxAge, TimeSpan? StaleIfError)
{
    public static CacheDirectives Parse(string header)
    {
        var directives = default(CacheDirectives);
        foreach (var part in header.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var name = (equals < 0 ? part : part[..equals]).ToLowerInvariant();
            var seconds = equals >= 0 && int.TryParse(part.AsSpan(equals + 1).Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
                ? TimeSpan.FromSeconds(value)
                : (TimeSpan?)null;
            directives = name switch
            {
                "no-cache" or "no-store" => directives with { NoCache = true },
                "max-age" when seconds is not null => directives with { MaxAge = seconds },
                "stale-if-error" when seconds is not null => directives with { StaleIfError = seconds },
                _ => directives,
            };
        }

        return directives;
    }
}
