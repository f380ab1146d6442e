using System.Text;
using System.Text.Json;
using Konsul.Mesh.Model.ConfigEntries.Parts;
using Konsul.Mesh.Model.Text;

namespace Konsul.Mesh.Model.ConfigEntries.Rules;

internal static class JwtProviderRules
{
    private static readonly string[] Discoveries = ["STRICT_DNS", "STATIC", "LOGICAL_DNS", "EDS", "ORIGINAL_DST"];

    public static JwtProvider Check(JwtProvider provider)
    {
        var keys = provider.JsonWebKeySet;
        Rule.Require(
            (keys?.Local is null) != (keys?.Remote is null), "JSONWebKeySet", "must specify exactly one of Local or Remote JSON Web key set");
        if (keys!.Local is { } local)
        {
            Local(local);
        }

        if (keys.Remote is { } remote)
        {
            Remote(remote);
        }

        for (var i = 0; i < provider.Locations.Length; i++)
        {
            Location($"Locations[{i}]", provider.Locations[i]);
        }

        if (provider.Forwarding is { } forwarding)
        {
            Rule.HeaderName("Forwarding.HeaderName", forwarding.HeaderName);
        }

        return provider;
    }

    private static void Local(LocalKeySet local)
    {
        const string At = "JSONWebKeySet.Local";
        Rule.Require(
            local.Jwks.Length > 0 != local.Filename.Length > 0, At, "must specify exactly one of String or filename for local keyset");
        if (local.Jwks.Length == 0)
        {
            return;
        }

        try
        {
            using var set = JsonDocument.Parse(Convert.FromBase64String(local.Jwks));
            Rule.Require(
                set.RootElement.ValueKind == JsonValueKind.Object && set.RootElement.TryGetProperty("keys", out var list) && list.ValueKind == JsonValueKind.Array,
                $"{At}.JWKS", "JWKS has no list \"keys\"");
        }
        catch (Exception e) when (e is FormatException or JsonException or DecoderFallbackException)
        {
            throw new ConfigEntryException($"{At}.JWKS", "JWKS must be a JSON Web Key Set in base64");
        }
    }

    private static void Remote(RemoteKeySet remote)
    {
        const string At = "JSONWebKeySet.Remote";
        Rule.Require(remote.Uri.Length > 0, $"{At}.URI", "Remote JWKS URI is required");
        Rule.Require(
            Uri.TryCreate(remote.Uri, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0, $"{At}.URI",
            $"Remote JWKS URI is invalid: \"{ShownText.Of(remote.Uri)}\"");
        Rule.OneOf($"{At}.JWKSCluster.DiscoveryType", remote.JwksCluster?.DiscoveryType ?? "", Discoveries);
        if (remote.RetryPolicy?.RetryPolicyBackOff is { } backOff)
        {
            Rule.Require(
                backOff.MaxInterval == TimeSpan.Zero || backOff.BaseInterval <= backOff.MaxInterval, $"{At}.RetryPolicy.RetryPolicyBackOff",
                "Retry policy backoff's MaxInterval should be greater than or equal to BaseInterval");
        }

        if (remote.JwksCluster?.TlsCertificates is { } trust)
        {
            Rule.Require(
                (trust.CaCertificateProviderInstance is null) != (trust.TrustedCa is null), $"{At}.JWKSCluster.TLSCertificates",
                "must specify exactly one of: CaCertificateProviderInstance or TrustedCA for JWKS' TLSCertificates");
            if (trust.TrustedCa is { } ca)
            {
                var given = new[] { ca.Filename, ca.EnvironmentVariable, ca.InlineString, ca.InlineBytes }.Count(t => t.Length > 0);
                Rule.Require(
                    given == 1, $"{At}.JWKSCluster.TLSCertificates.TrustedCA",
                    "must specify exactly one of: Filename, EnvironmentVariable, InlineString or InlineBytes for JWKS' TrustedCA");
            }
        }
    }

    private static void Location(string at, JwtLocation location)
    {
        var given = new object?[] { location.Header, location.QueryParam, location.Cookie }.Count(l => l is not null);
        Rule.Require(given == 1, at, $"{at} must set exactly one of: JWT location header, query param or cookie");
        if (location.Header is { } header)
        {
            Rule.HeaderName($"{at}.Header.Name", header.Name);
        }
        else
        {
            Rule.Require((location.QueryParam ?? location.Cookie)!.Name.Length > 0, at, $"{at}: Name is required");
        }
    }
}
