using System.Collections.Frozen;
using System.Text;

namespace Konsul.Mesh.Proxy.Core.AppClient;

/// <summary>Names of header fields that apps send often, so that reading one allocates nothing. Immutable.</summary>
internal static class KnownFields
{
    private const int MaxLength = 32;

    private static readonly string[] All =
    [
        "Accept-Ranges", "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods",
        "Access-Control-Allow-Origin", "Age", "Allow", "Cache-Control", "Connection", "Content-Disposition", "Content-Encoding",
        "Content-Language", "Content-Length", "Content-Location", "Content-Range", "Content-Security-Policy", "Content-Type", "Date", "ETag",
        "Expires", "Keep-Alive", "Last-Modified", "Link", "Location", "Pragma", "Referrer-Policy", "Retry-After", "Server", "Set-Cookie",
        "Strict-Transport-Security", "Trailer", "Transfer-Encoding", "Upgrade", "Vary", "Via", "WWW-Authenticate", "X-Content-Type-Options",
        "X-Frame-Options", "X-Powered-By", "X-Request-Id",
    ];

    private static readonly FrozenDictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> ByName =
        All.Select((name, index) => KeyValuePair.Create(name, index))
            .ToFrozenDictionary(StringComparer.OrdinalIgnoreCase)
            .GetAlternateLookup<ReadOnlySpan<char>>();

    public static int Count => All.Length;

    /// <returns>The index of the name, below <see cref="Count"/>, or -1 with a new string.</returns>
    public static int Find(ReadOnlySpan<byte> name, out string text)
    {
        if (name.Length <= MaxLength)
        {
            Span<char> chars = stackalloc char[MaxLength];
            Encoding.Latin1.GetChars(name, chars);
            if (ByName.TryGetValue(chars[..name.Length], out var index))
            {
                text = All[index];
                return index;
            }
        }

        text = Encoding.Latin1.GetString(name);
        return -1;
    }
}
