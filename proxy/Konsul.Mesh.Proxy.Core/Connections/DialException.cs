namespace Konsul.Mesh.Proxy.Core.Connections;

/// <summary>A connection to an endpoint could not be opened: nothing of any request has been sent, another endpoint may be tried.</summary>
internal sealed class DialException(string message, Exception? inner = null) : IOException(message, inner);
