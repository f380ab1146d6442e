using System.Text;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>What a check has to say, cut to what is kept.</summary>
internal static class CheckOutput
{
    public const int DefaultMaxBytes = 4096;

    /// <param name="maxBytes">0 means the default; more than the default is cut to it, for outputs are replicated.</param>
    public static string Cut(string text, int maxBytes)
    {
        var limit = maxBytes is > 0 and < DefaultMaxBytes ? maxBytes : DefaultMaxBytes;
        if (Encoding.UTF8.GetByteCount(text) <= limit)
            return text;

        Span<byte> bytes = stackalloc byte[DefaultMaxBytes];
        Encoding.UTF8.GetEncoder().Convert(text, bytes[..limit], flush: false, out _, out var used, out _);
        return Encoding.UTF8.GetString(bytes[..used]);
    }
}
