using Konsul.Mesh.Model.ConfigEntries.Parts;
using Konsul.Mesh.Model.Text;

namespace Konsul.Mesh.Model.ConfigEntries.Rules;

internal static class MeshRules
{
    private static readonly string[] Versions = ["TLSv1_0", "TLSv1_1", "TLSv1_2", "TLSv1_3"];

    public static MeshConfig Check(MeshConfig mesh)
    {
        Direction("TLS.Incoming", mesh.Tls?.Incoming);
        Direction("TLS.Outgoing", mesh.Tls?.Outgoing);
        var normalization = mesh.Http?.Incoming?.RequestNormalization;
        Rule.OneOf(
            "HTTP.Incoming.RequestNormalization.PathWithEscapedSlashesAction", normalization?.PathWithEscapedSlashesAction ?? "",
            "IMPLEMENTATION_SPECIFIC_DEFAULT", "KEEP_UNCHANGED", "REJECT_REQUEST", "UNESCAPE_AND_REDIRECT", "UNESCAPE_AND_FORWARD");
        Rule.OneOf(
            "HTTP.Incoming.RequestNormalization.HeadersWithUnderscoresAction", normalization?.HeadersWithUnderscoresAction ?? "",
            "ALLOW", "REJECT_REQUEST", "DROP_HEADER");
        return mesh;
    }

    /// <summary>The bounds of TLS, with Consul's words for versions.</summary>
    public static void TlsBounds(string at, string min, string max, IEnumerable<string> suites)
    {
        Rule.OneOf($"{at}.TLSMinVersion", min, ["TLS_AUTO", .. Versions]);
        Rule.OneOf($"{at}.TLSMaxVersion", max, ["TLS_AUTO", .. Versions]);
        var (low, high) = (Array.IndexOf(Versions, min), Array.IndexOf(Versions, max));
        Rule.Require(
            low < 0 || high < 0 || low <= high, at, $"configuring max version {max} less than the configured min version {min}");
        foreach (var suite in suites)
        {
            Rule.Require(
                suite.StartsWith("TLS_", StringComparison.Ordinal) && suite.Length <= 64, $"{at}.CipherSuites",
                $"{at}.CipherSuites: \"{ShownText.Of(suite)}\" is not the name of a cipher suite");
            Rule.Require(low < 3, $"{at}.CipherSuites", $"{at}: CipherSuites cannot be set with a minimum of TLSv1_3, which has its own");
        }
    }

    private static void Direction(string at, MeshTlsDirection? direction) =>
        TlsBounds(at, direction?.TlsMinVersion ?? "", direction?.TlsMaxVersion ?? "", direction?.CipherSuites ?? []);
}
