namespace Grpc.Core;

/// <summary>Responses of a streaming call; the stream ends when the handler returns.</summary>
public interface IServerStreamWriter<in T> : IAsyncStreamWriter<T>;
