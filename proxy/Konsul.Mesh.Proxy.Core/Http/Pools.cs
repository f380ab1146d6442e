using System.Text;

namespace Konsul.Mesh.Proxy.Core.Http;

/// <summary>SocketsHttpHandler as a proxy needs it: it forwards and does nothing of its own.</summary>
internal static class Pools
{
    private const int MaxResponseHeadKilobytes = 64;
    private const int StreamWindow = 1024 * 1024;

    public static HttpMessageInvoker Invoker(TimeSpan idleTimeout, Action<SocketsHttpHandler> configure) =>
        new(Handler(idleTimeout, configure), disposeHandler: true);

    /// <summary>For HTTP/2, where bodies must be pushed on.</summary>
    public static HttpMessageInvoker Http2Invoker(TimeSpan idleTimeout, Action<SocketsHttpHandler> configure) =>
        new(new PromptUploads(Handler(idleTimeout, configure)), disposeHandler: true);

    private static SocketsHttpHandler Handler(TimeSpan idleTimeout, Action<SocketsHttpHandler> configure)
    {
        var handler = new SocketsHttpHandler
        {
            ActivityHeadersPropagator = null,
            AllowAutoRedirect = false,
            AutomaticDecompression = System.Net.DecompressionMethods.None,
            ConnectTimeout = Timeout.InfiniteTimeSpan,
            EnableMultipleHttp2Connections = true,
            InitialHttp2StreamWindowSize = StreamWindow,
            KeepAlivePingDelay = TimeSpan.FromSeconds(15),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            KeepAlivePingTimeout = TimeSpan.FromSeconds(5),
            MaxResponseHeadersLength = MaxResponseHeadKilobytes,
            PooledConnectionIdleTimeout = idleTimeout,
            PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
            RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            ResponseDrainTimeout = TimeSpan.Zero,
            ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            UseCookies = false,
            UseProxy = false,
        };
        configure(handler);
        return handler;
    }
}
