using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Model.Identity;

namespace Konsul.Mesh.Ca;

/// <summary>
/// Reads a certificate signing request (PKCS#10, RFC 2986) from a peer. Only its public key is used. Subject and extensions are ignored, with
/// one exception: a URI name must be the only one and must be the caller's id, as a caller that expects another id would be misled.
/// </summary>
internal static class CsrPolicy
{
    /// <summary>Bytes; a request for RSA 4096 with generous names is under 3 KiB.</summary>
    public const int MaxSize = 16 * 1024;

    private const int MinRsaBits = 2048;
    private const int MaxRsaBits = 4096;
    private const string EcKeyOid = "1.2.840.10045.2.1";
    private const string RsaKeyOid = "1.2.840.113549.1.1.1";
    private static readonly ImmutableArray<string> Curves = ["1.2.840.10045.3.1.7", "1.3.132.0.34"];

    public static SigningRefusal Check(ReadOnlyMemory<byte> der, SpiffeId id, out PublicKey? key, out string reason)
    {
        key = null;
        if (der.Length > MaxSize)
        {
            reason = $"The request has {der.Length} bytes; at most {MaxSize} are read.";
            return SigningRefusal.TooLarge;
        }

        // The key is judged before the signature, so that an outsized key costs no arithmetic.
        var request = TryLoad(der, CertificateRequestLoadOptions.SkipSignatureValidation | CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
        if (request is null)
        {
            reason = "This is not a certificate request in DER (PKCS#10).";
            return SigningRefusal.Malformed;
        }

        if (!IsAllowed(request.PublicKey))
        {
            reason = $"The key must be on P-256 or P-384, or be RSA of {MinRsaBits} to {MaxRsaBits} bits.";
            return SigningRefusal.KeyNotAllowed;
        }

        if (TryLoad(der, CertificateRequestLoadOptions.Default) is not { } proven)
        {
            reason = "The request is not signed by the key that it holds.";
            return SigningRefusal.BadSignature;
        }

        var refusal = CheckNames(request, id, out reason);
        key = refusal == SigningRefusal.None ? proven.PublicKey : null;
        return refusal;
    }

    private static SigningRefusal CheckNames(CertificateRequest request, SpiffeId id, out string reason)
    {
        var names = request.CertificateExtensions.Where(e => e.Oid?.Value == SubjectAlternativeNames.Oid).ToList();
        var uris = ImmutableArray<string>.Empty;
        if (names.Count > 1 || (names.Count == 1 && !SubjectAlternativeNames.TryReadUris(names[0].RawData, out uris)))
        {
            reason = "The subject alternative names of the request are not well-formed.";
            return SigningRefusal.Malformed;
        }

        if (uris.Length > 1)
        {
            reason = $"The request asks for {uris.Length} URIs; at most one is allowed.";
            return SigningRefusal.SeveralIds;
        }

        if (uris is [var uri] && !(SpiffeId.TryParse(uri, out var asked) && asked.Equals(id)))
        {
            reason = $"The request asks for another id than the caller's, which is {id}.";
            return SigningRefusal.OtherId;
        }

        reason = "";
        return SigningRefusal.None;
    }

    private static CertificateRequest? TryLoad(ReadOnlyMemory<byte> der, CertificateRequestLoadOptions options)
    {
        try
        {
            var request = CertificateRequest.LoadSigningRequest(
                der.Span, HashAlgorithmName.SHA256, out var consumed, options, RSASignaturePadding.Pkcs1);
            return consumed == der.Length ? request : null;
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static bool IsAllowed(PublicKey key)
    {
        try
        {
            return key.Oid.Value switch
            {
                EcKeyOid => key.EncodedParameters is { } curve && Curves.Contains(AsnDecoder.ReadObjectIdentifier(curve.RawData, AsnEncodingRules.DER, out _)),
                RsaKeyOid => RsaBits(key) is >= MinRsaBits and <= MaxRsaBits,
                _ => false,
            };
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException)
        {
            // Explicit curve parameters, a key that is none.
            return false;
        }
    }

    private static int RsaBits(PublicKey key)
    {
        using var rsa = key.GetRSAPublicKey();
        return rsa?.KeySize ?? 0;
    }
}
