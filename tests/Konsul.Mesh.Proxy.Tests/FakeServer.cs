using System.Collections.Concurrent;
using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Grpc.Core;
using Konsul.Mesh.Ca;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.Wire.Mapping;
using Konsul.Mesh.Wire.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Konsul.Mesh.Proxy.Tests;

/// <summary>A server as a sidecar sees it: one TLS port with the HTTP API (recorded), certificates and a discovery stream of canned resources.</summary>
internal sealed class FakeServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly CertFactory _certificates;

    private FakeServer(WebApplication app, CertFactory certificates) => (_app, _certificates) = (app, certificates);

    public ConcurrentQueue<FakeRequest> Requests { get; } = new();

    /// <summary>Answers every HTTP API request instead of an empty 200.</summary>
    public Func<HttpContext, FakeRequest, Task<bool>>? OnRequest { get; set; }

    /// <summary>What discovery sends; read at each stream.</summary>
    public IReadOnlyList<DeltaResponse> Resources { get; set; } = [];

    /// <summary>Certificates shown by clients on discovery streams.</summary>
    public ConcurrentQueue<string> ClientIds { get; } = new();

    public string Address => new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Authority;

    public int Port => int.Parse(Address.Split(':')[1]);

    public static async Task<FakeServer> StartAsync(CertFactory certificates, int port = 0, SpiffeId? id = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var issued = certificates.Authority.Sign(
            key, id ?? SpiffeId.ForServer(certificates.TrustDomain, "dc1"), LeafPolicy.Default, DateTimeOffset.UtcNow);
        var leaf = issued.Certificate!.WithKey(key);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, port, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(https =>
            {
                https.ServerCertificate = leaf;
                https.SslProtocols = SslProtocols.Tls13;
                https.ClientCertificateMode = Microsoft.AspNetCore.Server.Kestrel.Https.ClientCertificateMode.AllowCertificate;
                https.AllowAnyClientCertificate();
            });
        }));
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc();
        var app = builder.Build();
        var server = new FakeServer(app, certificates);
        app.UseRouting();
        app.MapGrpcService(Certificates.BindService(new FakeCertificates(server)));
        app.MapGrpcService(Wire.V1.Discovery.BindService(new FakeDiscovery(server)));
        app.MapFallback("{**path}", server.HandleAsync);
        await app.StartAsync();
        return server;
    }

    public async Task<FakeRequest> RequestAsync(string start, Func<FakeRequest, bool>? where = null)
    {
        FakeRequest? found = null;
        await Eventually.TrueAsync(
            () => (found = Requests.FirstOrDefault(r => r.Line.StartsWith(start, StringComparison.Ordinal) && where?.Invoke(r) != false)) is not null,
            () => string.Join('\n', Requests));
        return found!;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    /// <summary>What the server would send a sidecar of "web" with the app on the given port and one upstream "api".</summary>
    public IReadOnlyList<DeltaResponse> WebResources(int inboundPort, int appPort, int upstreamPort, bool withTrust = true)
    {
        var domain = _certificates.TrustDomain;
        var cluster = new Model.Snapshots.Cluster
        {
            Name = "api.default.dc1",
            Service = "api",
            Datacenter = "dc1",
            Sni = ServiceSni.For("api", "default", "dc1", domain),
            Identity = SpiffeId.ForService(domain, "default", "dc1", "api"),
        };
        var inbound = new InboundListener { Address = "127.0.0.1", Port = inboundPort, LocalAddress = "127.0.0.1", LocalPort = appPort };
        var upstream = new OutboundListener { Name = ResourceNames.Upstream("127.0.0.1", upstreamPort), Address = "127.0.0.1", Port = upstreamPort, Cluster = cluster.Name };
        return
        [
            Response(ResourceType.Cluster, (cluster.Name, ClusterMapping.ToWire(cluster))),
            Response(ResourceType.Endpoints, (cluster.Name, EndpointsMapping.ToWire([new("n1/api", "127.0.0.1", 9, 1)]))),
            Response(ResourceType.TrustBundle, (domain.Name, TrustBundleMapping.ToWire(_certificates.Bundle))),
            Response(ResourceType.Intentions, ("web", IntentionsMapping.ToWire(
                [new() { Id = "i1", SourceName = "shop", DestinationName = "web", Action = Model.Intentions.IntentionAction.Deny }], true))),
            Response(ResourceType.Route, ("api", RouteMapping.ToWire(new("api", cluster.Name)))),
            Response(ResourceType.Listener, (ResourceNames.Inbound, ListenerMapping.ToWire(inbound, "web")), (upstream.Name, ListenerMapping.ToWire(upstream))),
        ];
    }

    private static DeltaResponse Response(ResourceType type, params (string Name, IMessage Body)[] resources)
    {
        var response = new DeltaResponse { Type = type, Nonce = $"n-{type}" };
        foreach (var (name, body) in resources)
        {
            var bytes = body.ToByteString();
            response.Resources.Add(new Resource { Name = name, Version = ResourceVersion.Of(bytes.Span), Body = bytes });
        }

        return response;
    }

    private async Task HandleAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        var request = new FakeRequest(
            $"{context.Request.Method} {context.Features.Get<IHttpRequestFeature>()!.RawTarget}", body, context.Request.Headers["X-Consul-Token"].ToString());
        Requests.Enqueue(request);
        if (OnRequest is { } handler && await handler(context, request))
        {
            return;
        }

        if (request.Line == "GET /v1/agent/self")
        {
            await context.Response.WriteAsync("""{"Config":{"NodeName":"node-7"}}""");
        }
    }

    private sealed class FakeCertificates(FakeServer server) : Certificates.CertificatesBase
    {
        public override Task<TrustBundleResponse> GetTrustBundle(TrustBundleRequest request, ServerCallContext context)
        {
            var response = new TrustBundleResponse { TrustDomain = server._certificates.TrustDomain.Name };
            response.Roots.AddRange(server._certificates.Bundle.Roots.Select(r => ByteString.CopyFrom(r.Span)));
            return Task.FromResult(response);
        }

        public override Task<SignResponse> Sign(SignRequest request, ServerCallContext context)
        {
            server.Requests.Enqueue(new FakeRequest($"SIGN {request.Node}/{request.ProxyId}", "", context.RequestHeaders.GetValue("x-consul-token") ?? ""));
            var result = server._certificates.Authority.Sign(request.Csr.Memory, server._certificates.Id("web"), LeafPolicy.Default, DateTimeOffset.UtcNow);
            var response = new SignResponse { TrustDomain = server._certificates.TrustDomain.Name };
            response.Chain.AddRange(result.Certificate!.Chain.Select(c => ByteString.CopyFrom(c.Span)));
            response.Roots.AddRange(server._certificates.Bundle.Roots.Select(r => ByteString.CopyFrom(r.Span)));
            return Task.FromResult(response);
        }
    }

    private sealed class FakeDiscovery(FakeServer server) : Wire.V1.Discovery.DiscoveryBase
    {
        public override async Task StreamDeltas(
            IAsyncStreamReader<DeltaRequest> requestStream, IServerStreamWriter<DeltaResponse> responseStream, ServerCallContext context)
        {
            var client = await context.GetHttpContext().Connection.GetClientCertificateAsync();
            await requestStream.MoveNext(context.CancellationToken);
            server.ClientIds.Enqueue(client is null ? "" : SvidVerifier.For(server._certificates.Bundle)
                .Verify(client, null, DateTimeOffset.UtcNow, SvidUsage.Client).Id?.ToString() ?? "refused");
            server.Requests.Enqueue(new FakeRequest(
                $"STREAM {requestStream.Current.Node.Node}/{requestStream.Current.Node.ProxyId}", "", context.RequestHeaders.GetValue("x-consul-token") ?? ""));
            foreach (var response in server.Resources)
            {
                await responseStream.WriteAsync(response);
            }

            while (await requestStream.MoveNext(context.CancellationToken))
            {
                if (requestStream.Current.Error is { } error)
                {
                    server.Requests.Enqueue(new FakeRequest("NACK " + error.Message, "", ""));
                }
            }
        }
    }
}

internal sealed record FakeRequest(string Line, string Body, string Token)
{
    public JsonNode Json() => JsonNode.Parse(Body)!;
}
