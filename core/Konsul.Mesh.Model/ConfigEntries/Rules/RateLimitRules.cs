using Konsul.Mesh.Model.ConfigEntries.Parts;
using Konsul.Mesh.Model.Text;

namespace Konsul.Mesh.Model.ConfigEntries.Rules;

internal static class RateLimitRules
{
    private const int MaxRules = 100;
    private const int MaxKeyParts = 8;
    private static readonly string[] PlainKeys = ["client-ip", "source-service", "path", "route", "method"];
    private static readonly string[] NamedKeys = ["header:", "cookie:", "jwt:"];

    public static RateLimit Check(RateLimit entry)
    {
        Rule.Require(!entry.Limits.IsEmpty, "Limits", "Limits is empty");
        Rule.Require(entry.Limits.Length <= MaxRules, "Limits", $"Limits has more than {MaxRules} entries");
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < entry.Limits.Length; i++)
        {
            var at = $"Limits[{i}]";
            Limit(at, entry.Limits[i]);
            Rule.Require(names.Add(entry.Limits[i].Name), $"{at}.Name", $"{at}.Name \"{entry.Limits[i].Name}\" is given twice");
        }

        return entry;
    }

    private static void Limit(string at, RateLimitRule limit)
    {
        Rule.Service($"{at}.Name", limit.Name);
        Rule.OneOf($"{at}.Unit", limit.Unit, "requests", "connections", "bytes");
        Rule.OneOf($"{at}.Mode", limit.Mode, "leased", "local", "exact", "sliding-log");
        Rule.OneOf($"{at}.OnLimit", limit.OnLimit, "reject", "delay", "log-only");
        Rule.OneOf($"{at}.OnBackendFailure", limit.OnBackendFailure, "local", "open", "closed");
        Rule.Require(limit.Limit > 0, $"{at}.Limit", $"{at}.Limit must be at least 1");
        Rule.Require(limit.Window >= TimeSpan.FromMilliseconds(1), $"{at}.Window", $"{at}.Window must be at least 1ms");
        Rule.Require(limit.Window <= TimeSpan.FromDays(31), $"{at}.Window", $"{at}.Window must not be longer than 31 days");
        Rule.Require(limit.Burst == 0 || limit.Burst >= limit.Weight, $"{at}.Burst", $"{at}.Burst is smaller than Weight: no request would ever pass");
        Rule.Require(limit.MaxDelay == TimeSpan.Zero || limit.OnLimit == "delay", $"{at}.MaxDelay", $"{at}.MaxDelay goes with OnLimit \"delay\" only");
        Rule.Require(limit.MaxDelay <= TimeSpan.FromMinutes(1), $"{at}.MaxDelay", $"{at}.MaxDelay must not be longer than 1m");
        Rule.Require(limit.MaxKeys <= 10_000_000, $"{at}.MaxKeys", $"{at}.MaxKeys must not be larger than 10000000");
        Rule.Require(limit.Key.Length <= MaxKeyParts, $"{at}.Key", $"{at}.Key has more than {MaxKeyParts} parts");
        foreach (var part in limit.Key)
        {
            Key($"{at}.Key", part);
        }

        Rule.Require(limit.Key.Distinct().Count() == limit.Key.Length, $"{at}.Key", $"{at}.Key names a part twice");
        if (limit.WeightHeader.Length > 0)
        {
            Rule.HeaderName($"{at}.WeightHeader", limit.WeightHeader);
        }

        var requests = limit.Unit is "" or "requests";
        Rule.Require(
            requests || (limit.Match is null && limit.WeightHeader.Length == 0 && limit.Key.All(k => k is "client-ip" or "source-service")), at,
            $"{at}: a limit of {limit.Unit} knows nothing of requests; use the keys client-ip and source-service only");
        if (limit.Match is { } match)
        {
            Rule.PathMatch($"{at}.Match", match.PathExact, match.PathPrefix, match.PathRegex);
            Rule.MethodList($"{at}.Match.Methods", match.Methods);
            Rule.HeaderMatches($"{at}.Match.Header", match.Header);
        }
    }

    private static void Key(string at, string part)
    {
        var named = NamedKeys.FirstOrDefault(k => part.StartsWith(k, StringComparison.Ordinal));
        Rule.Require(
            PlainKeys.Contains(part) || (named is not null && part.Length > named.Length), at,
            $"{at}: unknown key \"{ShownText.Of(part)}\"; want client-ip, source-service, path, route, method, header:NAME, cookie:NAME or jwt:CLAIM");
        if (named == "header:")
        {
            Rule.HeaderName(at, part[named.Length..]);
        }
    }
}
