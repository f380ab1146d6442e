using System.Net;

namespace Konsul.Mesh.EndToEnd.Tests;

/// <summary>Bytes that HttpClient sends over HTTP/2 while it reads the answer; it sends its own ByteArrayContent first and reads then.</summary>
internal sealed class DuplexContent(ReadOnlyMemory<byte> bytes) : HttpContent
{
    private const int Piece = 64 * 1024;

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        for (var sent = 0; sent < bytes.Length; sent += Piece)
        {
            await stream.WriteAsync(bytes[sent..Math.Min(bytes.Length, sent + Piece)]);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = bytes.Length;
        return true;
    }
}
