using System.Buffers.Binary;
using System.Globalization;

namespace Konsul.Mesh.Server.EtcdGateway;

/// <summary>A lease is a session whose id says so: a UUID that is zero but for its last eight bytes, the lease's number.</summary>
internal static class LeaseId
{
    private const string Head = "00000000-0000-0000-";

    public static string ToSession(long lease)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], lease);
        return new Guid(bytes, bigEndian: true).ToString("D");
    }

    /// <summary>0 for a session that is no lease.</summary>
    public static long Of(string session) =>
        session.StartsWith(Head, StringComparison.Ordinal)
        && long.TryParse(session[Head.Length..].Replace("-", "", StringComparison.Ordinal), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var lease)
            ? lease
            : 0;
}
