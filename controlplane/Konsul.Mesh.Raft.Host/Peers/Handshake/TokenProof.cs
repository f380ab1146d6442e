using System.Security.Cryptography;

namespace Konsul.Mesh.Raft.Host.Peers.Handshake;

/// <summary>
/// Proof of the join token: HMAC-SHA256 under the token's key over {label with the prover's role, SHA-256 of the dialer's certificate, SHA-256 of
/// the listener's, SHA-256 of the dialer's hello, SHA-256 of the listener's}. The hellos hold both nonces, node ids, cluster ids and the class.
/// The certificates are those of this very TLS session, whose keys both ends have proven to hold: a proof that is carried to another session
/// (replayed, or relayed by someone in the middle) does not fit there. The role keeps a proof from being sent back as the other end's own.
/// </summary>
internal static class TokenProof
{
    public const int Size = HMACSHA256.HashSizeInBytes;

    public static byte[] Make(JoinToken token, PeerRole prover, Transcript transcript)
    {
        var label = prover == PeerRole.Dialer ? "konsul-mesh peer proof v1: dialer\0"u8 : "konsul-mesh peer proof v1: listener\0"u8;
        return HMACSHA256.HashData(
            token.Key,
            [
                .. label,
                .. SHA256.HashData(transcript.DialerCertificate.Span),
                .. SHA256.HashData(transcript.ListenerCertificate.Span),
                .. SHA256.HashData(transcript.DialerHello),
                .. SHA256.HashData(transcript.ListenerHello),
            ]);
    }

    public static bool Fits(ReadOnlySpan<byte> proof, JoinToken token, PeerRole prover, Transcript transcript) =>
        CryptographicOperations.FixedTimeEquals(proof, Make(token, prover, transcript));
}
