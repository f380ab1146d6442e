using System.Net.Sockets;
using Grpc.Core;
using Grpc.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Grpc.AspNetCore.Server;

/// <summary>One call on the server: what its handler sees, its messages and its end.</summary>
internal sealed partial class ServerCall : ServerCallContext, IDisposable
{
    private readonly GrpcServices _services;
    private readonly MessageReader _reader;
    private Metadata? _requestHeaders;
    private Metadata? _responseTrailers;
    private DateTime _deadline = DateTime.MaxValue;
    private CancellationToken _cancellation;
    private CancellationTokenSource? _deadlineCancellation;
    private CancellationTokenRegistration _abortRegistration;
    private DeadlineTimer? _deadlineTimer;

    public ServerCall(HttpContext http, GrpcServices services, string method)
    {
        HttpContext = http;
        _services = services;
        _cancellation = http.RequestAborted;
        MethodCore = method;
        var encoding = http.Request.Headers[GrpcProtocol.EncodingHeader];
        _reader = new MessageReader(http.Request.BodyReader, services.Options.MaxReceiveMessageSize, encoding);
        _writer = new MessageWriter(http.Response.BodyWriter, services.Options.MaxSendMessageSize);
    }

    public HttpContext HttpContext { get; }

    protected override string MethodCore { get; }

    protected override string HostCore => HttpContext.Request.Host.Value ?? "";

    protected override string PeerCore => HttpContext.Connection switch
    {
        { RemoteIpAddress: null } => "unknown",
        { RemoteIpAddress.IsIPv4MappedToIPv6: true } c => $"ipv4:{c.RemoteIpAddress.MapToIPv4()}:{c.RemotePort}",
        { RemoteIpAddress.AddressFamily: AddressFamily.InterNetworkV6 } c => $"ipv6:[{c.RemoteIpAddress}]:{c.RemotePort}",
        var c => $"ipv4:{c.RemoteIpAddress}:{c.RemotePort}",
    };

    protected override DateTime DeadlineCore => _deadline;

    protected override CancellationToken CancellationTokenCore => _cancellation;

    protected override Metadata RequestHeadersCore => _requestHeaders ??= ReadRequestHeaders();

    protected override Metadata ResponseTrailersCore => _responseTrailers ??= [];

    protected override Status StatusCore { get; set; } = Status.DefaultSuccess;

    protected override WriteOptions? WriteOptionsCore { get; set; }

    /// <exception cref="RpcException">The request's encoding is unknown or its timeout is malformed.</exception>
    public void Begin()
    {
        HttpContext.Response.ContentType = GrpcProtocol.ContentType;
        string? encoding = HttpContext.Request.Headers[GrpcProtocol.EncodingHeader];
        if (!GrpcProtocol.IsSupportedEncoding(encoding))
        {
            HttpContext.Response.Headers[GrpcProtocol.AcceptEncodingHeader] = GrpcProtocol.AcceptedEncodings;
            throw new RpcException(new Status(
                StatusCode.Unimplemented,
                $"Unsupported grpc-encoding value '{encoding}'. Supported encodings: {GrpcProtocol.AcceptedEncodings}"));
        }

        string? timeoutHeader = HttpContext.Request.Headers[GrpcProtocol.TimeoutHeader];
        if (timeoutHeader is null)
            return;
        if (!GrpcTimeout.TryParse(timeoutHeader, out var timeout))
            throw new RpcException(new Status(StatusCode.Internal, "Malformed grpc-timeout."));

        var now = _services.Time.GetUtcNow().UtcDateTime;
        _deadline = timeout < DateTime.MaxValue - now ? now + timeout : DateTime.MaxValue;
        _deadlineCancellation = new CancellationTokenSource();
        _cancellation = _deadlineCancellation.Token;
        _abortRegistration = HttpContext.RequestAborted.UnsafeRegister(
            static cts => ((CancellationTokenSource)cts!).Cancel(),
            _deadlineCancellation);
        _deadlineTimer = new DeadlineTimer(_services.Time, timeout, OnDeadline);
    }

    /// <exception cref="OperationCanceledException">The client is gone or the deadline has passed.</exception>
    public async ValueTask<(bool Found, T? Message)> ReadAsync<T>(Marshaller<T> marshaller, CancellationToken cancellationToken)
    {
        ThrowIfEnded();
        try
        {
            if (!cancellationToken.CanBeCanceled || cancellationToken == _cancellation)
                return await _reader.ReadAsync(marshaller, _cancellation);

            using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _cancellation);
            return await _reader.ReadAsync(marshaller, linked.Token);
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            throw ClientGone(e);
        }
    }

    /// <summary>The request of a method that takes one.</summary>
    /// <exception cref="OperationCanceledException">The client is gone or the deadline has passed.</exception>
    public async ValueTask<T> ReadSingleAsync<T>(Marshaller<T> marshaller)
    {
        try
        {
            return await _reader.ReadSingleAsync(marshaller, _cancellation);
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            throw ClientGone(e);
        }
    }

    public void Dispose()
    {
        _deadlineTimer?.Dispose();
        _abortRegistration.Dispose();
    }

    private Metadata ReadRequestHeaders()
    {
        var metadata = new Metadata();
        foreach (var (key, values) in HttpContext.Request.Headers)
        {
            foreach (var value in values)
                MetadataCodec.AddFromWire(metadata, key, value);
        }

        return metadata;
    }
}
