using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Model.Identity;

namespace Konsul.Mesh.Ca;

/// <summary>Writes subjectAltName. .NET's builder takes a <see cref="Uri"/>, whose normal form adds a slash to <c>spiffe://domain</c> and
/// may change the case of an id; SPIFFE compares bytes.</summary>
internal static class SubjectAlternativeNameWriter
{
    private static readonly Asn1Tag Dns = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag Uri = new(TagClass.ContextSpecific, 6);
    private static readonly Asn1Tag Ip = new(TagClass.ContextSpecific, 7);

    public static X509Extension Write(string uri, IEnumerable<string> dnsNames, IEnumerable<IPAddress> addresses, bool critical)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteCharacterString(UniversalTagNumber.IA5String, uri, Uri);
            foreach (var name in dnsNames)
            {
                writer.WriteCharacterString(UniversalTagNumber.IA5String, name, Dns);
            }

            foreach (var address in addresses)
            {
                writer.WriteOctetString(address.GetAddressBytes(), Ip);
            }
        }

        return new X509Extension(SubjectAlternativeNames.Oid, writer.Encode(), critical);
    }
}
