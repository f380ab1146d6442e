using System.Security.Cryptography;

namespace Konsul.Mesh.Ca;

/// <summary>
/// A secret encrypted for rest: AES-256-GCM under a key that the caller keeps elsewhere. Layout, version 1:
/// one byte version, 12 bytes nonce (random), 16 bytes tag, then the ciphertext. The version byte and the context are authenticated, so an
/// envelope can be neither downgraded nor moved to another owner.
/// </summary>
public static class SealedKey
{
    public const int KeyEncryptionKeySize = 32;
    private const byte Version = 1;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int HeaderSize = 1 + NonceSize + TagSize;
    private const int MaxSecretSize = 16 * 1024;

    /// <param name="secret">What to hide; the caller zeroes it afterwards.</param>
    /// <param name="keyEncryptionKey">32 bytes.</param>
    /// <param name="context">Whose secret this is; the same bytes are needed to open it.</param>
    public static byte[] Seal(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> keyEncryptionKey, ReadOnlySpan<byte> context)
    {
        CheckKey(keyEncryptionKey);
        var envelope = new byte[HeaderSize + secret.Length];
        envelope[0] = Version;
        var nonce = envelope.AsSpan(1, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(keyEncryptionKey, TagSize);
        aes.Encrypt(nonce, secret, envelope.AsSpan(HeaderSize), envelope.AsSpan(1 + NonceSize, TagSize), [Version, .. context]);
        return envelope;
    }

    /// <summary>The secret; the caller zeroes it after use.</summary>
    /// <exception cref="CryptographicException">Not an envelope, damaged, or sealed under another key or for another owner.</exception>
    public static byte[] Open(ReadOnlySpan<byte> envelope, ReadOnlySpan<byte> keyEncryptionKey, ReadOnlySpan<byte> context)
    {
        CheckKey(keyEncryptionKey);
        if (envelope.Length is <= HeaderSize or > HeaderSize + MaxSecretSize || envelope[0] != Version)
        {
            throw new CryptographicException("This is not a sealed key of a known version.");
        }

        var secret = GC.AllocateUninitializedArray<byte>(envelope.Length - HeaderSize, pinned: true);
        try
        {
            using var aes = new AesGcm(keyEncryptionKey, TagSize);
            aes.Decrypt(
                envelope.Slice(1, NonceSize), envelope[HeaderSize..], envelope.Slice(1 + NonceSize, TagSize), secret, [Version, .. context]);
            return secret;
        }
        catch (CryptographicException e)
        {
            CryptographicOperations.ZeroMemory(secret);
            throw new CryptographicException("The sealed key is damaged, or was sealed under another key-encryption key.", e);
        }
    }

    private static void CheckKey(ReadOnlySpan<byte> keyEncryptionKey)
    {
        if (keyEncryptionKey.Length != KeyEncryptionKeySize)
        {
            throw new CryptographicException($"The key-encryption key has {keyEncryptionKey.Length} bytes; it needs {KeyEncryptionKeySize}.");
        }
    }
}
