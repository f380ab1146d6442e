using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Konsul.Mesh.Cli.Tests;

/// <summary>Archives as the server makes them, and broken ones.</summary>
internal static class TestSnapshot
{
    public const string Meta = """{"ID":"3-42","Index":42,"Term":3,"Version":"0.1.0","Size":5}""";

    public static byte[] State => "state"u8.ToArray();

    public static byte[] Whole => Zip(Tar(Parts(Meta, State)));

    /// <summary>The three parts, with sums that fit.</summary>
    public static (string Name, byte[] Data)[] Parts(string meta, byte[] state)
    {
        var bytes = Encoding.UTF8.GetBytes(meta);
        var sums = $"{Convert.ToHexStringLower(SHA256.HashData(bytes))}  meta.json\n{Convert.ToHexStringLower(SHA256.HashData(state))}  state.bin\n";
        return [("meta.json", bytes), ("state.bin", state), ("SHA256SUMS", Encoding.ASCII.GetBytes(sums))];
    }

    public static byte[] Tar(params (string Name, byte[] Data)[] parts)
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var (name, data) in parts)
            {
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(data), ModificationTime = DateTimeOffset.UnixEpoch });
            }
        }

        return bytes.ToArray();
    }

    public static byte[] Zip(byte[] tar)
    {
        using var bytes = new MemoryStream();
        using (var zip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        {
            zip.Write(tar);
        }

        return bytes.ToArray();
    }
}
