namespace Konsul.Mesh.Proxy.Core.AppClient;

/// <summary>Why an answer of the app is refused. The connection is not usable after it.</summary>
internal static class MalformedAnswer
{
    public static HttpIOException Because(string reason) => new(HttpRequestError.InvalidResponse, reason);

    public static HttpIOException TooLarge(string what) => new(HttpRequestError.ConfigurationLimitExceeded, what);

    public static HttpIOException Truncated(Exception? inner = null) =>
        new(HttpRequestError.ResponseEnded, "The app ended the connection before its answer was complete.", inner);
}
