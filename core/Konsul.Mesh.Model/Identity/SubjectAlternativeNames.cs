using System.Collections.Immutable;
using System.Formats.Asn1;

namespace Konsul.Mesh.Model.Identity;

/// <summary>
/// Reads the URIs of a subjectAltName extension (RFC 5280 section 4.2.1.6). .NET's own class enumerates DNS names and addresses only.
/// </summary>
public static class SubjectAlternativeNames
{
    public const string Oid = "2.5.29.17";
    private const int MaxChoice = 8;
    private static readonly Asn1Tag Uri = new(TagClass.ContextSpecific, 6);

    /// <summary>False for anything but one well-formed DER sequence of GeneralNames whose URIs are IA5 without NUL.</summary>
    public static bool TryReadUris(ReadOnlyMemory<byte> der, out ImmutableArray<string> uris)
    {
        uris = [];
        try
        {
            var outer = new AsnReader(der, AsnEncodingRules.DER);
            var names = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            var found = ImmutableArray.CreateBuilder<string>();
            while (names.HasData)
            {
                var tag = names.PeekTag();
                if (tag.TagClass != TagClass.ContextSpecific || tag.TagValue > MaxChoice)
                {
                    return false;
                }

                if (!tag.HasSameClassAndValue(Uri))
                {
                    names.ReadEncodedValue();
                    continue;
                }

                var uri = names.ReadCharacterString(UniversalTagNumber.IA5String, Uri);
                if (uri.Contains('\0', StringComparison.Ordinal))
                {
                    return false;
                }

                found.Add(uri);
            }

            uris = found.DrainToImmutable();
            return true;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }
}
