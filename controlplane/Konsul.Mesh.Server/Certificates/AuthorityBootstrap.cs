using System.Security.Cryptography;
using Konsul.Mesh.Ca;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.State;
using Konsul.Mesh.State.Authority;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Events;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.Certificates;

/// <summary>
/// Opens the CA that is in the state, or, on the leader, makes it: once for the life of the cluster. The key that it is sealed under is not in
/// the state; a server that does not have it asks the others.
/// </summary>
internal sealed class AuthorityBootstrap(
    ReplicatedState state, string kekFile, Func<CaSettings> settings, Func<bool> isAlone, Func<CancellationToken, Task<byte[]?>> askOthers, TimeProvider time,
    ILogger log)
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(200);

    /// <exception cref="StartupException">The CA's key cannot be opened with the given key-encryption key (65).</exception>
    public async Task OpenAsync(AuthorityHolder holder, CancellationToken cancellationToken)
    {
        await WaitForCaAsync(cancellationToken).ConfigureAwait(false);
        var ca = state.View.Ca!;
        var kek = File.Exists(kekFile) ? KeyEncryptionKey.Load(kekFile) : await FetchAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            holder.Open(CertificateAuthority.Open(AuthorityHolder.Sealed(ca), kek), ca);
        }
        catch (CryptographicException e)
        {
            // A leader that lost its place while it made the CA has kept a key that opens nothing.
            if (await askOthers(cancellationToken).ConfigureAwait(false) is { } other && TryOpen(ca, other) is { } opened)
            {
                KeyEncryptionKey.Replace(kekFile, other);
                holder.Open(opened, ca);
                return;
            }

            throw new StartupException(ExitCode.BadFile, $"the CA's key cannot be opened with the key-encryption key of {kekFile}: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(kek);
        }
    }

    private static CertificateAuthority? TryOpen(CaTable ca, byte[] kek)
    {
        try
        {
            return CertificateAuthority.Open(AuthorityHolder.Sealed(ca), kek);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private async Task WaitForCaAsync(CancellationToken cancellationToken)
    {
        while (state.View.Ca is null)
        {
            using var watch = state.Watch(Topic.CaRoots);
            if (state.View.Ca is not null)
                return;
            if (state.Log.Status.Role != LogRole.Leader || !await TryCreateAsync(cancellationToken).ConfigureAwait(false))
                await watch.WaitAsync(AskEvery, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Without a key there is no use in going on: it is asked for until somebody gives it.</summary>
    private async Task<byte[]> FetchAsync(CancellationToken cancellationToken)
    {
        var said = false;
        while (true)
        {
            if (await askOthers(cancellationToken).ConfigureAwait(false) is { } kek)
            {
                KeyEncryptionKey.Replace(kekFile, kek);
                return kek;
            }

            if (isAlone())
                throw NoKey();
            if (!said)
                log.LogWarning("The key that the CA is sealed under is not in {File}; asking the other servers for it", kekFile);
            said = true;
            await Task.Delay(AskEvery, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Nobody can be asked: alone, or on an etcd, where servers have no way to each other.</summary>
    private StartupException NoKey() => new(
        ExitCode.BadFile,
        $"the CA's key is sealed under a key-encryption key that is not in {kekFile}: copy there the file of the server that made the CA, or name it with --ca-kek-file");

    private async Task<bool> TryCreateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CreateAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ApiException)
        {
            // The leadership went to another server, which makes it.
            return false;
        }
    }

    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        var kek = KeyEncryptionKey.LoadOrCreate(kekFile);
        var now = time.GetUtcNow();
        var made = CertificateAuthority.CreateRoot(Guid.NewGuid(), kek, now, settings().RootTtl);
        CryptographicOperations.ZeroMemory(kek);
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
