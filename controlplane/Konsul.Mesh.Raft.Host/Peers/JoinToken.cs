using System.Security.Cryptography;
using System.Text;

namespace Konsul.Mesh.Raft.Host.Peers;

/// <summary>
/// The secret that servers share until each has a certificate. Only a key derived from it is kept. A server that dials an impostor gives it a
/// MAC to guess at, so the token should have at least 128 random bits; the slow derivation helps those that have less.
/// </summary>
public sealed class JoinToken
{
    /// <summary>Characters.</summary>
    public const int MinLength = 16;

    public const int MaxLength = 1024;
    private const int Iterations = 100_000;
    private static readonly byte[] Salt = "konsul-mesh server join token v1"u8.ToArray();
    private readonly byte[] _key;

    private JoinToken(byte[] key) => _key = key;

    internal ReadOnlySpan<byte> Key => _key;

    /// <summary>Takes some ten milliseconds of processor time.</summary>
    /// <exception cref="ArgumentException">The token is too short or too long; the message does not quote it.</exception>
    public static JoinToken Create(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        if (token.Length is < MinLength or > MaxLength)
        {
            throw new ArgumentException($"The join token has {token.Length} characters; it must have {MinLength} to {MaxLength}.", nameof(token));
        }

        return new JoinToken(Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(token), Salt, Iterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes));
    }

    public override string ToString() => "***";
}
