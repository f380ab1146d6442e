using System.Security.Cryptography;
using Konsul.Mesh.Ca;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.State;
using Konsul.Mesh.State.Authority;
using Konsul.Mesh.State.Commands;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.Certificates;

/// <summary>The leader's first duty: there is a CA. Made once for the life of the cluster; every later start opens the one in the state.</summary>
internal static class AuthorityBootstrap
{
    /// <exception cref="StartupException">The CA's key cannot be opened with the given key-encryption key (65).</exception>
    public static async Task<CertificateAuthority> OpenAsync(
        ReplicatedState state, string kekFile, TimeProvider time, ILogger log, CancellationToken cancellationToken)
    {
        var kek = state.View.Ca is null ? KeyEncryptionKey.LoadOrCreate(kekFile) : KeyEncryptionKey.Load(kekFile);
        try
        {
            if (state.View.Ca is null)
                await CreateAsync(state, kek, time, log, cancellationToken).ConfigureAwait(false);
            var ca = state.View.Ca ?? throw new InvalidOperationException("There is no CA although it was just made.");
            var root = RootDescription.FromDer(ca.Active.Certificate.Span);
            return CertificateAuthority.Open(new SealedRoot(ca.ClusterId, ca.Active.Certificate, ca.Active.SealedKey, root.SigningKeyId), kek);
        }
        catch (CryptographicException e)
        {
            throw new StartupException(ExitCode.BadFile, $"the CA's key cannot be opened with the key-encryption key of {kekFile}: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(kek);
        }
    }

    private static async Task CreateAsync(ReplicatedState state, byte[] kek, TimeProvider time, ILogger log, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var made = CertificateAuthority.CreateRoot(Guid.NewGuid(), kek, now);
        var root = RootDescription.FromDer(made.Certificate.Span);
        var result = await state.TryProposeAsync(
            new InitializeCa
            {
                ClusterId = made.ClusterId,
                Roots = [new CaRoot { Id = root.Id, Name = root.Name, Certificate = made.Certificate, SealedKey = made.Key, Active = true, CreatedAt = now }],
            },
            cancellationToken).ConfigureAwait(false);
        if (result.Success)
            log.LogInformation("Made the CA of trust domain {TrustDomain}, root {RootId}", made.TrustDomain, root.Id);
        else if (result.Failure != ApplyFailure.Conflict)
            throw new InvalidOperationException(result.Reason);
    }
}
