namespace Grpc.AspNetCore.Server;

/// <summary>Settings of all gRPC services of a host.</summary>
public sealed class GrpcServiceOptions
{
    /// <summary>Bytes of one received message; null: no limit. Default 4 MiB. Beyond it the call ends with RESOURCE_EXHAUSTED.</summary>
    public int? MaxReceiveMessageSize { get; set; } = Protocol.GrpcProtocol.DefaultMaxReceiveMessageSize;

    /// <summary>Bytes of one sent message; null (default): no limit.</summary>
    public int? MaxSendMessageSize { get; set; }

    /// <summary>Sends the type and message of a handler's exception to the client. Default no: the client learns UNKNOWN alone.</summary>
    public bool? EnableDetailedErrors { get; set; }
}
