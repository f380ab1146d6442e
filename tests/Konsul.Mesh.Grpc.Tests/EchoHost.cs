using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.AspNetCore.Server;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Grpc.Tests;

/// <summary>A Kestrel server on a free port that serves <see cref="EchoService"/>, and a channel to it.</summary>
internal sealed class EchoHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly X509Certificate2? _certificate;

    private EchoHost(WebApplication app, EchoService service, X509Certificate2? certificate)
    {
        _app = app;
        _certificate = certificate;
        Service = service;
        Address = new Uri(app.Urls.Single());
    }

    public EchoService Service { get; }

    public Uri Address { get; }

    public List<string> Log { get; private init; } = [];

    public static async Task<EchoHost> StartAsync(
        TimeProvider? time = null,
        Action<GrpcServiceOptions>? options = null,
        bool tls = false,
        bool byType = false,
        HttpProtocols protocols = HttpProtocols.Http2)
    {
        var service = new EchoService();
        var log = new List<string>();
        var certificate = tls ? CreateCertificate("localhost") : null;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = protocols;
                if (certificate is not null)
                {
                    listen.UseHttps(https =>
                    {
                        https.ServerCertificate = certificate;
                        https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                        https.AllowAnyClientCertificate();
                    });
                }
            }));
        if (tls)
            builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Logging.AddProvider(new ListLoggerProvider(log));
        builder.Services.AddGrpc(options ?? (_ => { }));
        builder.Services.AddSingleton(service);
        if (time is not null)
            builder.Services.AddSingleton(time);
        var app = builder.Build();
        app.UseRouting();
        if (byType)
            app.MapGrpcService<EchoService>();
        else
            app.MapGrpcService(Echo.BindService(service));
        app.MapPost("/plain/post", () => "plain");
        await app.StartAsync();
        return new EchoHost(app, service, certificate) { Log = log };
    }

    public static X509Certificate2 CreateCertificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    public GrpcChannel CreateChannel(Action<GrpcChannelOptions>? configure = null, X509Certificate2? clientCertificate = null)
    {
        var handler = GrpcChannel.CreateDefaultHandler();
        if (_certificate is not null)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = (_, presented, _, _) =>
                presented?.GetCertHashString() == _certificate.GetCertHashString();
            if (clientCertificate is not null)
                handler.SslOptions.ClientCertificates = [clientCertificate];
        }

        var options = new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true };
        configure?.Invoke(options);
        return GrpcChannel.ForAddress(Address, options);
    }

    public Echo.EchoClient CreateClient() => new(CreateChannel());

    public async ValueTask DisposeAsync()
    {
        Service.Release.TrySetResult();
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _certificate?.Dispose();
    }

    private sealed class ListLoggerProvider(List<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            lock (lines)
                lines.Add($"{logLevel} {formatter(state, exception)} {exception}");
        }

        public void Dispose()
        {
        }
    }
}
