using Microsoft.Extensions.Logging;

namespace Grpc.Net.Client;

/// <summary>How a channel reaches its server.</summary>
public sealed class GrpcChannelOptions
{
    /// <summary>Carries the requests over HTTP/2. Null: one of the channel's own, by <see cref="GrpcChannel.CreateDefaultHandler"/>.</summary>
    public HttpMessageHandler? HttpHandler { get; set; }

    /// <summary>Whether disposing the channel disposes <see cref="HttpHandler"/>. Default false; the channel's own always is.</summary>
    public bool DisposeHttpClient { get; set; }

    /// <summary>Bytes of one received message; null: no limit. Default 4 MiB. Beyond it the call ends with RESOURCE_EXHAUSTED.</summary>
    public int? MaxReceiveMessageSize { get; set; } = Protocol.GrpcProtocol.DefaultMaxReceiveMessageSize;

    /// <summary>Bytes of one sent message; null (default): no limit.</summary>
    public int? MaxSendMessageSize { get; set; }

    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>The clock of deadlines. Not in Grpc.Net.Client: tests alone set it.</summary>
    public TimeProvider? TimeProvider { get; set; }
}
