using Konsul.Mesh.Model.ConfigEntries.Parts;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.Model.Text;

namespace Konsul.Mesh.Model.ConfigEntries.Rules;

internal static class IntentionRules
{
    private const int MaxSources = 1000;

    public static ServiceIntentions Check(ServiceIntentions entry)
    {
        Rule.Require(!entry.Sources.IsEmpty, "Sources", "At least one source is required");
        Rule.Require(entry.Sources.Length <= MaxSources, "Sources", $"Sources has more than {MaxSources} entries");
        Jwt("JWT", entry.Jwt);
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < entry.Sources.Length; i++)
        {
            var (at, source) = ($"Sources[{i}]", entry.Sources[i]);
            Source(at, entry.Name, source);
            Rule.Require(names.Add(source.Name), $"{at}.Name", $"{at} defines \"{ShownText.Of(source.Name)}\" more than once");
        }

        return entry with { Sources = [.. entry.Sources.Select(s => s with { Type = "consul" })] };
    }

    public static void Permissions(string at, string destination, IReadOnlyList<IntentionPermission> permissions)
    {
        Rule.Require(
            permissions.Count == 0 || destination != Intention.Wildcard, at, $"{at} cannot be specified on intentions with a wildcarded destination");
        for (var i = 0; i < permissions.Count; i++)
        {
            Permission($"{at}[{i}]", permissions[i]);
        }
    }

    private static void Source(string at, string destination, SourceIntention source)
    {
        if (source.Name != Intention.Wildcard)
        {
            Rule.Service($"{at}.Name", source.Name);
        }

        Rule.Require(source.Peer.Length == 0, $"{at}.Peer", $"{at}.Peer: there are no peers here");
        Rule.OneOf($"{at}.Type", source.Type, "consul");
        Rule.Require(source.Description.Length <= 512, $"{at}.Description", $"{at}.Description exceeds maximum length 512");
        Rule.Meta($"{at}.LegacyMeta", source.LegacyMeta);
        if (source.Permissions.IsEmpty)
        {
            Rule.Require(source.Action is "allow" or "deny", $"{at}.Action", $"{at}.Action must be set to 'allow' or 'deny'");
            return;
        }

        Rule.Require(source.Action.Length == 0, $"{at}.Action", $"{at}.Action must be omitted if Permissions are specified");
        Permissions($"{at}.Permissions", destination, source.Permissions);
    }

    private static void Permission(string at, IntentionPermission permission)
    {
        Rule.Require(permission.Action is "allow" or "deny", $"{at}.Action", $"{at}.Action must be set to 'allow' or 'deny'");
        Rule.Require(permission.Http is not null || permission.Jwt is not null, at, $"{at} should not be empty");
        Jwt($"{at}.JWT", permission.Jwt);
        if (permission.Http is { } match)
        {
            Rule.PathMatch($"{at}.HTTP", match.PathExact, match.PathPrefix, match.PathRegex);
            Rule.HeaderMatches($"{at}.HTTP.Header", match.Header);
            Rule.MethodList($"{at}.HTTP.Methods", match.Methods);
            Rule.Require(
                match.PathExact.Length + match.PathPrefix.Length + match.PathRegex.Length + match.Header.Length + match.Methods.Length > 0, $"{at}.HTTP",
                $"{at}.HTTP should not be empty");
        }
    }

    private static void Jwt(string at, IntentionJwt? jwt)
    {
        Rule.Require(jwt is null || !jwt.Providers.IsEmpty, at, $"{at}.Providers is empty");
        foreach (var (provider, i) in (jwt?.Providers ?? []).Select((p, i) => (p, i)))
        {
            Rule.Service($"{at}.Providers[{i}].Name", provider.Name);
            foreach (var (claim, j) in provider.VerifyClaims.Select((c, j) => (c, j)))
            {
                var path = $"{at}.Providers[{i}].VerifyClaims[{j}]";
                Rule.Require(!claim.Path.IsEmpty && claim.Path.All(p => p.Length > 0), path, $"{path}.Path is empty");
                Rule.Require(claim.Value.Length > 0, path, $"{path}.Value is empty");
            }
        }
    }
}
