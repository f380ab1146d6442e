using System.Collections.Concurrent;
using System.Net;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Grpc.Net.Client;

/// <summary>
/// Calls to one address over HTTP/2: "http://" without TLS (prior knowledge), "https://" with it. Connects when first used; thread-safe.
/// </summary>
public sealed class GrpcChannel : ChannelBase, IDisposable
{
    private readonly Uri _address;
    private readonly HttpMessageInvoker _http;
    private readonly CancellationTokenSource _shutdown = new();
    private readonly ConcurrentDictionary<string, Uri> _methodAddresses = new(StringComparer.Ordinal);

    private GrpcChannel(Uri address, GrpcChannelOptions options)
        : base(address.Authority)
    {
        _address = address;
        var ownsHandler = options.HttpHandler is null || options.DisposeHttpClient;
        _http = new HttpMessageInvoker(options.HttpHandler ?? CreateDefaultHandler(), ownsHandler);
        MaxReceiveMessageSize = options.MaxReceiveMessageSize;
        MaxSendMessageSize = options.MaxSendMessageSize;
        Time = options.TimeProvider ?? TimeProvider.System;
        Logger = (options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger("Grpc.Net.Client");
    }

    internal int? MaxReceiveMessageSize { get; }

    internal int? MaxSendMessageSize { get; }

    internal TimeProvider Time { get; }

    internal ILogger Logger { get; }

    /// <summary>Cancelled when the channel is disposed.</summary>
    internal CancellationToken Shutdown => _shutdown.Token;

    public static GrpcChannel ForAddress(string address) => ForAddress(address, new GrpcChannelOptions());

    public static GrpcChannel ForAddress(string address, GrpcChannelOptions channelOptions) => ForAddress(new Uri(address), channelOptions);

    public static GrpcChannel ForAddress(Uri address) => ForAddress(address, new GrpcChannelOptions());

    /// <exception cref="ArgumentException">The scheme is neither http nor https.</exception>
    public static GrpcChannel ForAddress(Uri address, GrpcChannelOptions channelOptions)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(channelOptions);
        if (!address.IsAbsoluteUri || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps))
            throw new ArgumentException($"A gRPC address is http://host:port or https://host:port, not '{address}'.", nameof(address));
        return new GrpcChannel(address, channelOptions);
    }

    /// <summary>
    /// The handler of a channel that is given none: pings after 15 s of silence and gives the connection up 5 s later, opens more
    /// connections when the streams of one are used up, and goes straight to its address. Not in Grpc.Net.Client: callers set TLS options on it.
    /// </summary>
    public static SocketsHttpHandler CreateDefaultHandler() => new()
    {
        KeepAlivePingDelay = TimeSpan.FromSeconds(15),
        KeepAlivePingTimeout = TimeSpan.FromSeconds(5),
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
        EnableMultipleHttp2Connections = true,
        PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        ConnectTimeout = TimeSpan.FromSeconds(20),
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
    };

    public override CallInvoker CreateCallInvoker()
    {
        ObjectDisposedException.ThrowIf(_shutdown.IsCancellationRequested, this);
        return new HttpCallInvoker(this);
    }

    /// <summary>Cancels the calls that run.</summary>
    public void Dispose()
    {
        if (_shutdown.IsCancellationRequested)
            return;
        _shutdown.Cancel();
        _http.Dispose();
    }

    internal Uri AddressOf(string method) => _methodAddresses.GetOrAdd(method, static (path, address) => new Uri(address, path), _address);

    internal Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _http.SendAsync(request, cancellationToken);

    protected override Task ShutdownAsyncCore()
    {
        Dispose();
        return Task.CompletedTask;
    }
}
