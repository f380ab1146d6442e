using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Model.Identity;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Proxy.Control;

/// <summary>
/// Whom this proxy takes for a server: who proves a server's SPIFFE id under the pinned roots. Roots come from --ca-cert, else from the
/// cache, else from the first server that answers; afterwards only the trust domain's own rotation changes them.
/// </summary>
internal sealed class ServerTrust
{
    private readonly string? _path;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private volatile TrustBundle? _pinned;

    public ServerTrust(TrustBundle? given, string? cacheDirectory, TimeProvider time, ILogger log)
    {
        (_time, _log) = (time, log);
        _path = cacheDirectory is null ? null : Path.Combine(cacheDirectory, "server-roots.pem");
        _pinned = given ?? ReadCache();
    }

    /// <summary>Null until the first server was met.</summary>
    public TrustBundle? Pinned => _pinned;

    /// <summary>Null when the certificate is a server's, else why not.</summary>
    public string? Refusal(X509Certificate? certificate, X509Chain? chain, TrustBundle bundle)
    {
        var result = SvidVerifier.For(bundle).Verify(
            certificate as X509Certificate2, chain?.ChainPolicy.ExtraStore, _time.GetUtcNow(), SvidUsage.Server);
        return !result.Accepted ? result.Reason : result.Id.IsServer ? null : $"The peer is {result.Id}, which is no server.";
    }

    /// <summary>For the handler of a connection to a server. Nobody passes before anything is pinned.</summary>
    public bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (_pinned is not { } bundle)
        {
            return false;
        }

        var refusal = Refusal(certificate, chain, bundle);
        if (refusal is not null)
        {
            _log.LogError("The server's certificate is refused: {Reason}", refusal);
        }

        return refusal is null;
    }

    /// <summary>Pins roots at first contact, and follows the rotation of the same trust domain; roots of another one change nothing.</summary>
    public void Pin(TrustBundle bundle)
    {
        if (_pinned is { } old && (old.TrustDomain != bundle.TrustDomain || SameRoots(old, bundle)))
        {
            return;
        }

        _pinned = bundle;
        WriteCache(bundle);
    }

    private static bool SameRoots(TrustBundle a, TrustBundle b) =>
        a.Roots.Length == b.Roots.Length && a.Roots.Zip(b.Roots).All(pair => pair.First.Span.SequenceEqual(pair.Second.Span));

    private TrustBundle? ReadCache()
    {
        try
        {
            return _path is not null && File.Exists(_path) ? RootsFile.Parse(File.ReadAllText(_path)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or InvalidDataException)
        {
            _log.LogWarning("The pinned roots in {Path} are not used: {Reason}", _path, e.Message);
            return null;
        }
    }

    private void WriteCache(TrustBundle bundle)
    {
        if (_path is null)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            File.WriteAllText(_path + ".new", RootsFile.ToPem(bundle));
            File.Move(_path + ".new", _path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.LogWarning("The roots cannot be kept in {Path}: {Reason}", _path, e.Message);
        }
    }
}
