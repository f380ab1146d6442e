using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Konsul.Mesh.Model.Identity;

namespace Konsul.Mesh.Identity;

/// <summary>One identity on disk: one file that only its owner can read, replaced as a whole, so that key and leaf always belong together.</summary>
internal sealed class IdentityCache(string directory, string owner)
{
    private const int FormatVersion = 1;
    private const int MaxFileSize = 512 * 1024;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public string Path { get; } =
        System.IO.Path.Combine(directory, $"identity-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(owner)))[..16]}.json");

    /// <exception cref="IOException">The directory cannot be written.</exception>
    public void Save(WorkloadIdentity identity)
    {
        CreateDirectory();
        using var key = identity.Leaf.GetECDsaPrivateKey() ?? throw new CryptographicException("The leaf has no EC key.");
        var secret = key.ExportPkcs8PrivateKey();
        var bytes = Array.Empty<byte>();
        var temporary = $"{Path}.{System.IO.Path.GetRandomFileName()}";
        try
        {
            bytes = JsonSerializer.SerializeToUtf8Bytes(new Entry
            {
                Version = FormatVersion,
                Key = secret,
                Chain = [identity.Leaf.RawData, .. identity.Handshake.IntermediateCertificates.Select(c => c.RawData)],
                TrustDomain = identity.Bundle.TrustDomain.Name,
                Roots = [.. identity.Bundle.Roots.Select(r => r.ToArray())],
            });
            Write(temporary, bytes);
            File.Move(temporary, Path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
            CryptographicOperations.ZeroMemory(secret);
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>The identity as far as it is whole, ours and valid now; else null and why. Null without a reason when there is none yet.</summary>
    public WorkloadIdentity? TryLoad(DateTimeOffset now, out string? reason)
    {
        reason = null;
        var bytes = Array.Empty<byte>();
        try
        {
            var file = new FileInfo(Path);
            if (!file.Exists)
            {
                return null;
            }

            if (!OperatingSystem.IsWindows() && (file.UnixFileMode & ~OwnerOnly) != 0)
            {
                reason = $"others than its owner may read or write it (mode {file.UnixFileMode})";
                return null;
            }

            if (file.Length > MaxFileSize)
            {
                reason = $"it has {file.Length} bytes, more than {MaxFileSize}";
                return null;
            }

            bytes = File.ReadAllBytes(Path);
            return Restore(JsonSerializer.Deserialize<Entry>(bytes), now, out reason);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or CryptographicException)
        {
            reason = e.Message;
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static WorkloadIdentity? Restore(Entry? entry, DateTimeOffset now, out string? reason)
    {
        reason = null;
        if (entry is not { Version: FormatVersion, Key: { } secret, Chain: { } chain, Roots: { } roots }
            || !TrustDomain.TryParse(entry.TrustDomain, out var domain)
            || chain.Contains(null) || roots.Contains(null))
        {
            reason = "its fields are not those of this version";
            return null;
        }

        try
        {
            using var request = LeafRequest.FromKey(secret);
            return request.Complete(new SignedChain(Memory(chain), new TrustBundle(domain, Memory(roots))), now);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    private static ImmutableArray<ReadOnlyMemory<byte>> Memory(byte[]?[] certificates) => [.. certificates.Select(c => new ReadOnlyMemory<byte>(c))];

    private void CreateDirectory()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, OwnerOnly | UnixFileMode.UserExecute);
        }
    }

    private static void Write(string path, byte[] bytes)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using var stream = new FileStream(path, options);
        stream.Write(bytes);
        stream.Flush(flushToDisk: true);
    }

    private sealed record Entry
    {
        public int Version { get; init; }

        public byte[]? Key { get; init; }

        public byte[]?[]? Chain { get; init; }

        public string? TrustDomain { get; init; }

        public byte[]?[]? Roots { get; init; }
    }
}
