using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Konsul.Mesh.Hosting.Options;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Wire.V1;
using Microsoft.Extensions.Logging;
using TrustBundle = Konsul.Mesh.Model.Identity.TrustBundle;

namespace Konsul.Mesh.Proxy.Control;

/// <summary>The servers of the control plane: one is preferred until it fails, then the next.</summary>
internal sealed class ServerPool(IReadOnlyList<HostPort> servers, ServerTrust trust, string? token, ILogger log) : IDisposable
{
    public const string TokenHeader = "X-Consul-Token";

    /// <summary>Set on a request whose caller authenticates itself: this proxy's token stays out of it.</summary>
    public static readonly HttpRequestOptionsKey<bool> OwnToken = new("own-token");

    private readonly ConcurrentBag<ServerLink> _all = [];
    private volatile ConcurrentDictionary<string, ServerLink> _links = new(StringComparer.Ordinal);
    private volatile IIdentitySource? _identity;
    private volatile int _preferred;

    public IReadOnlyList<string> Addresses { get; } = [.. servers.Select(s => s.ToString())];

    public string Preferred => Addresses[_preferred % Addresses.Count];

    public Metadata Headers => token is null ? [] : new Metadata { { TokenHeader.ToLowerInvariant(), token } };

    public CallInvoker Dial(string address) => Link(address).Invoker;

    /// <summary>From now on the own certificate is shown to servers, on new connections.</summary>
    public void UseIdentity(IIdentitySource identity)
    {
        _identity = identity;
        _links = new ConcurrentDictionary<string, ServerLink>(StringComparer.Ordinal);
    }

    /// <summary>Prefers the next server, if this one is preferred still.</summary>
    public void Avoid(string address)
    {
        var at = _preferred;
        if (Addresses[at % Addresses.Count] == address)
        {
            Interlocked.CompareExchange(ref _preferred, (at + 1) % Addresses.Count, at);
        }
    }

    /// <summary>Sends to the preferred server. A failure to reach it makes the next one preferred and is the caller's to repeat.</summary>
    /// <exception cref="HttpRequestException">The server cannot be reached, or broke off.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, string rawTarget, CancellationToken cancellation)
    {
        var at = _preferred;
        if (token is not null && !request.Headers.Contains(TokenHeader) && !request.Options.TryGetValue(OwnToken, out _))
        {
            request.Headers.TryAddWithoutValidation(TokenHeader, token);
        }

        try
        {
            return await Link(Addresses[at % Addresses.Count]).SendAsync(request, rawTarget, cancellation);
        }
        catch (HttpRequestException)
        {
            Interlocked.CompareExchange(ref _preferred, (at + 1) % Addresses.Count, at);
            throw;
        }
    }

    /// <summary>
    /// Makes sure that there are roots to judge servers by. At first contact the server's own word is taken for them: its certificate must
    /// at least be right under the roots that it names, and from then on every server is held to these.
    /// </summary>
    /// <returns>Null when there are roots, else why not.</returns>
    public async Task<string?> EnsureTrustAsync(CancellationToken cancellation)
    {
        if (trust.Pinned is not null)
        {
            return null;
        }

        var reason = "";
        for (var i = 0; i < Addresses.Count; i++)
        {
            var address = Addresses[(_preferred + i) % Addresses.Count];
            try
            {
                if (await MeetAsync(address, cancellation) is not { } refusal)
                {
                    _preferred = (_preferred + i) % Addresses.Count;
                    return null;
                }

                reason = $"{address}: {refusal}";
            }
            catch (RpcException e)
            {
                reason = $"{address}: {e.Status.Detail}";
            }
        }

        return reason;
    }

    public void Dispose()
    {
        foreach (var link in _all)
        {
            link.Dispose();
        }
    }

    private async Task<string?> MeetAsync(string address, CancellationToken cancellation)
    {
        string? refusal = "No certificate was shown.";
        X509Certificate2? leaf = null;
        X509Certificate2Collection others = [];
        using var link = new ServerLink(address, (_, certificate, chain, _) =>
        {
            leaf = certificate is null ? null : X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
            others.AddRange(chain?.ChainPolicy.ExtraStore ?? []);
            return leaf is not null;
        });
        using var call = new Certificates.CertificatesClient(link.Invoker).GetTrustBundleAsync(
            new TrustBundleRequest(), Headers, cancellationToken: cancellation);
        var answer = await call.ResponseAsync;
        if (leaf is null || !TrustDomain.TryParse(answer.TrustDomain, out var domain))
        {
            return leaf is null ? refusal : "Its trust domain is not one.";
        }

        var bundle = new TrustBundle(domain, [.. answer.Roots.Select(root => (ReadOnlyMemory<byte>)root.ToByteArray())]);
        using var chain = new X509Chain();
        chain.ChainPolicy.ExtraStore.AddRange(others);
        refusal = trust.Refusal(leaf, chain, bundle);
        if (refusal is null)
        {
            trust.Pin(bundle);
            var level = IsLoopback(address) ? LogLevel.Information : LogLevel.Warning;
            log.Log(level, "The roots of {Server} (trust domain {Domain}) are taken on trust; give --ca-cert to check them.", address, domain);
        }

        return refusal;
    }

    private static bool IsLoopback(string address) =>
        HostPort.TryParse(address, out var parsed)
        && (parsed.Host == "localhost" || (IPAddress.TryParse(parsed.Host, out var ip) && IPAddress.IsLoopback(ip)));

    private ServerLink Link(string address) => _links.GetOrAdd(address, a =>
    {
        var link = new ServerLink(a, trust.Validate, () => _identity?.Current?.Leaf);
        _all.Add(link);
        return link;
    });
}
