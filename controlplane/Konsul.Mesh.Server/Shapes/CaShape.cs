using System.Globalization;
using System.Text.Json;
using Konsul.Mesh.Ca;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Server.Certificates;
using Konsul.Mesh.State.Authority;

namespace Konsul.Mesh.Server.Shapes;

internal static class CaShape
{
    private const int SerialDigits = 16;

    public static void WriteRoots(Utf8JsonWriter writer, CaTable ca)
    {
        writer.WriteStartObject();
        writer.WriteString("ActiveRootID", ca.Active.Id);
        writer.WriteString("TrustDomain", TrustDomain.ForCluster(ca.ClusterId).Name);
        writer.WritePropertyName("Roots");
        writer.WriteList(ca.Roots, (w, root) => WriteRoot(w, ca, root));
        writer.WriteEndObject();
    }

    public static void WriteLeaf(Utf8JsonWriter writer, LeafEntry leaf)
    {
        writer.WriteStartObject();
        writer.WriteString("SerialNumber", leaf.Issued.SerialNumber);
        writer.WriteString("CertPEM", leaf.Issued.ToPem());
        writer.WriteString("PrivateKeyPEM", leaf.PrivateKeyPem);
        writer.WriteString("Service", leaf.Service);
        writer.WriteString("ServiceURI", leaf.Issued.Id.ToString());
        writer.WriteTime("ValidAfter", leaf.Issued.NotBefore);
        writer.WriteTime("ValidBefore", leaf.Issued.NotAfter);
        writer.WriteIndexes(leaf.Index, leaf.Index);
        writer.WriteEndObject();
    }

    private static void WriteRoot(Utf8JsonWriter writer, CaTable ca, CaRoot root)
    {
        var description = RootDescription.FromDer(root.Certificate.Span);
        writer.WriteStartObject();
        writer.WriteString("ID", root.Id);
        writer.WriteString("Name", root.Name);

        // Consul's field is a 64-bit number; of a longer serial number it shows the low bits.
        var digits = description.SerialNumber.Replace(":", "", StringComparison.Ordinal);
        var low = digits.AsSpan(Math.Max(0, digits.Length - SerialDigits));
        writer.WriteNumber("SerialNumber", ulong.Parse(low, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        writer.WriteString("SigningKeyID", description.SigningKeyId);
        writer.WriteString("ExternalTrustDomain", ca.ClusterId.ToString("D"));
        writer.WriteTime("NotBefore", description.NotBefore);
        writer.WriteTime("NotAfter", description.NotAfter);
        writer.WriteString("RootCert", description.Pem);
        if (root.CrossSigned is { } cross)
            writer.WriteStrings("IntermediateCerts", [RootDescription.FromDer(cross.Certificate.Span).Pem]);
        else
            writer.WriteNull("IntermediateCerts");
        writer.WriteBoolean("Active", root.Active);
        if (root.RotatedOutAt is { } rotatedOut)
            writer.WriteTime("RotatedOutAt", rotatedOut);
        writer.WriteString("PrivateKeyType", description.KeyType);
        writer.WriteNumber("PrivateKeyBits", description.KeyBits);
        writer.WriteIndexes(root.CreateIndex, root.ModifyIndex);
        writer.WriteEndObject();
    }
}
