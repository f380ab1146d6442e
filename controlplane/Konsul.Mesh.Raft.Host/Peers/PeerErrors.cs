using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;

namespace Konsul.Mesh.Raft.Host.Peers;

/// <summary>What a connection ends with. Everything else is our own error.</summary>
internal static class PeerErrors
{
    public static bool IsConnectionEnd(Exception e) =>
        e is IOException or SocketException or AuthenticationException or OperationCanceledException or ObjectDisposedException or CryptographicException
            or System.ComponentModel.Win32Exception or InvalidOperationException { Source: "System.Net.Security" };
}
