using System.Security.Cryptography;

namespace Konsul.Mesh.Wire.Mapping;

/// <summary>The version of a resource: the first 8 bytes of the SHA-256 of its body, hex. Equal on every server that made the same bytes.</summary>
public static class ResourceVersion
{
    private const int Bytes = 8;

    public static string Of(ReadOnlySpan<byte> body)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        return Convert.ToHexStringLower(hash[..Bytes]);
    }
}
