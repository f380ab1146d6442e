using System.Collections.Frozen;
using Grpc.Core;

namespace Grpc.Protocol;

/// <summary>Metadata on the wire: text as it is, bytes as base64 (sent without padding, accepted with and without).</summary>
internal static class MetadataCodec
{
    private static readonly FrozenSet<string> Reserved = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        GrpcProtocol.StatusTrailer,
        GrpcProtocol.MessageTrailer,
        GrpcProtocol.EncodingHeader,
        GrpcProtocol.AcceptEncodingHeader,
        GrpcProtocol.TimeoutHeader,
        "te",
        "host",
        "content-type",
        "content-length",
        "connection",
        "transfer-encoding",
        "trailer");

    /// <exception cref="ArgumentException">The key belongs to the protocol.</exception>
    public static string ToWire(Metadata.Entry entry)
    {
        if (Reserved.Contains(entry.Key))
            throw new ArgumentException($"Metadata key '{entry.Key}' is reserved for the protocol.");
        return entry.IsBinary ? Convert.ToBase64String(entry.RawBytes).TrimEnd('=') : entry.Value;
    }

    /// <summary>Adds a received header unless it belongs to HTTP or the protocol. A line of binary values is split at its commas.</summary>
    /// <exception cref="RpcException">INTERNAL: the value of a binary key is not base64.</exception>
    public static void AddFromWire(Metadata metadata, string key, string? value)
    {
        if (key.Length == 0 || key[0] == ':' || Reserved.Contains(key))
            return;

        value ??= "";
        if (!key.EndsWith(Metadata.BinaryHeaderSuffix, StringComparison.OrdinalIgnoreCase))
        {
            metadata.Add(Metadata.Entry.FromWire(key, value));
            return;
        }

        foreach (var part in value.AsSpan().Split(','))
            metadata.Add(Metadata.Entry.FromWire(key, DecodeBase64(key, value.AsSpan(part).Trim())));
    }

    private static byte[] DecodeBase64(string key, ReadOnlySpan<char> text)
    {
        text = text.TrimEnd('=');
        try
        {
            return Convert.FromBase64String(string.Concat(text, "===".AsSpan(0, (4 - (text.Length % 4)) % 4)));
        }
        catch (FormatException e)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"The value of the metadata key '{key}' is not base64.", e));
        }
    }
}
