using System.Security.Cryptography;
using Konsul.Mesh.Ca;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.State.Authority;
using Konsul.Mesh.State.Commands;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.Certificates;

/// <summary>Makes the next root, has the present one vouch for it, and publishes it. Any server can: the log decides who was first.</summary>
internal sealed class RootMaker(ReplicatedState state, AuthorityHolder authority, string kekFile, TimeProvider time, ILogger<RootMaker> log)
{
    /// <summary>Begins a rotation; returns the id of the root that is published.</summary>
    /// <param name="settings">Life and key of the new root.</param>
    /// <param name="reason">For the log and for who asks.</param>
    /// <param name="force">Go on if the present root cannot vouch for the next one.</param>
    /// <param name="imported">Certificate and key in PEM; null to make one.</param>
    /// <param name="cancellationToken">Gives up waiting; the rotation may have begun.</param>
    /// <exception cref="ApiException">409 while another rotation is under way, 400 for an import that will not do, 500 without a leader.</exception>
    public async Task<string> PublishAsync(
        CaSettings settings, string reason, bool force, (string Certificate, string Key)? imported, CancellationToken cancellationToken)
    {
        var ca = state.View.Ca ?? throw ApiException.Failed("The CA is not ready yet");
        if (ca.Rotation is { } other)
            throw new ApiException(409, $"A rotation is under way: root {other.RootId} waits for its activation");
        var now = time.GetUtcNow();
        var made = Make(ca, settings, imported, now);
        var description = RootDescription.FromDer(made.Certificate.Span);
        if (ca.Roots.Any(r => r.Id == description.Id))
            throw new ApiException(409, $"Root {description.Id} is one of the trusted roots already");
        var root = new CaRoot
        {
            Id = description.Id,
            Name = description.Name,
            Certificate = made.Certificate,
            SealedKey = made.Key,
            Active = false,
            CreatedAt = now,
            CrossSigned = Vouch(ca, made, force, now),
        };
        await state.ProposeAsync(
            new PublishRoot { Root = root, WaitUntil = now + settings.PublishWait, Reason = reason, Cas = ca.Revision }, cancellationToken).ConfigureAwait(false);
        log.LogInformation("Published root {RootId}, because {Reason}; it signs when everybody trusts it, at {Until:u} at the latest", root.Id, reason, now + settings.PublishWait);
        return root.Id;
    }

    /// <summary>Calls off the rotation that waits for its activation; returns the id of the root that never came to sign.</summary>
    /// <exception cref="ApiException">409 when none waits, or it was activated meanwhile.</exception>
    public async Task<string> AbandonAsync(CancellationToken cancellationToken)
    {
        if (state.View.Ca is not { Rotation: { } rotation } ca)
            throw new ApiException(409, "No rotation waits for its activation");
        await state.ProposeAsync(new AbandonRoot { RootId = rotation.RootId, Cas = ca.Revision }, cancellationToken).ConfigureAwait(false);
        log.LogInformation("Called off the rotation to root {RootId}", rotation.RootId);
        return rotation.RootId;
    }

    private SealedRoot Make(CaTable ca, CaSettings settings, (string Certificate, string Key)? imported, DateTimeOffset now)
    {
        var kek = Array.Empty<byte>();
        try
        {
            kek = KeyEncryptionKey.Load(kekFile);
            return imported is { } pair
                ? ImportedRoot.Read(ca.ClusterId, pair.Certificate, pair.Key, kek, now)
                : CertificateAuthority.CreateRoot(ca.ClusterId, kek, now, settings.RootTtl, settings.KeyBits);
        }
        catch (FormatException e)
        {
            throw ApiException.BadRequest(e.Message);
        }
        catch (StartupException e)
        {
            throw ApiException.Failed(e.Message);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(kek);
        }
    }

    private CrossSignature? Vouch(CaTable ca, SealedRoot next, bool force, DateTimeOffset now)
    {
        try
        {
            var signer = authority.Authority;
            if (!signer.Root.Certificate.Span.SequenceEqual(ca.Active.Certificate.Span))
                throw new CryptographicException("This server has not opened the active root yet.");
            return new CrossSignature(ca.Active.Id, signer.CrossSign(next.Certificate, now));
        }
        catch (CryptographicException e) when (!force)
        {
            throw new ApiException(
                409,
                $"The active root cannot cross-sign the next one: {e.Message} With ForceWithoutCrossSigning it is done all the same, and cuts off who has not taken the new root when it is activated.");
        }
        catch (CryptographicException e)
        {
            log.LogWarning("The next root is not cross-signed, as was asked for: {Reason}", e.Message);
            return null;
        }
    }
}
