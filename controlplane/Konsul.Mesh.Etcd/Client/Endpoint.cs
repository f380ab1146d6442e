using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Konsul.Mesh.Etcd.Protocol;

namespace Konsul.Mesh.Etcd.Client;

/// <summary>One address of etcd. Connects when first called, and again after a loss.</summary>
internal sealed class Endpoint : IDisposable
{
    /// <summary>Bytes: a read of the log takes a few batches at once, each up to etcd's 1.5 MiB.</summary>
    private const int MaxAnswer = 32 * 1024 * 1024;

    private readonly GrpcChannel _channel;

    public Endpoint(Uri address, EtcdConnectionOptions options, TimeProvider time)
    {
        Address = address;
        _channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            HttpHandler = Handler(options),
            DisposeHttpClient = true,
            MaxReceiveMessageSize = MaxAnswer,
            TimeProvider = time,
        });
        Invoker = _channel.CreateCallInvoker();
        Store = new KV.KVClient(Invoker);
        Leases = new Lease.LeaseClient(Invoker);
        Maintenance = new Maintenance.MaintenanceClient(Invoker);
    }

    public Uri Address { get; }

    public CallInvoker Invoker { get; }

    public KV.KVClient Store { get; }

    public Lease.LeaseClient Leases { get; }

    public Maintenance.MaintenanceClient Maintenance { get; }

    public void Dispose() => _channel.Dispose();

    private static SocketsHttpHandler Handler(EtcdConnectionOptions options)
    {
        var handler = GrpcChannel.CreateDefaultHandler();
        handler.ConnectTimeout = options.CallTimeout < TimeSpan.FromSeconds(2) ? options.CallTimeout : TimeSpan.FromSeconds(2);

        // etcd ends connections that ping without a call (grpc's enforcement policy), or more often than every 5 s.
        handler.KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests;
        handler.KeepAlivePingDelay = TimeSpan.FromSeconds(10);
        var tls = handler.SslOptions;
        tls.AllowTlsResume = false;
        if (options.TrustedRoots is { } roots)
        {
            tls.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            };
            tls.CertificateChainPolicy.CustomTrustStore.AddRange(roots);
        }

        if (options.ClientCertificate is { } certificate)
        {
            tls.ClientCertificates = [certificate];
            tls.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        }

        return handler;
    }
}
