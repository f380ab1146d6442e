using System.Net;

namespace Konsul.Mesh.Proxy.Core.Tests;

/// <summary>A body without a declared length, whose every byte can be checked.</summary>
internal sealed class PatternContent(int total) : HttpContent
{
    public static async Task<long> CountMatchingAsync(Stream body)
    {
        var buffer = new byte[100_000];
        var position = 0L;
        int count;
        while ((count = await body.ReadAsync(buffer)) > 0)
        {
            for (var i = 0; i < count; i++)
            {
                if (buffer[i] != (byte)((position + i) % 251))
                {
                    return position + i;
                }
            }

            position += count;
        }

        return position;
    }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        var buffer = new byte[251 * 400];
        for (var i = 0; i < buffer.Length; i++)
        {
            buffer[i] = (byte)(i % 251);
        }

        for (var sent = 0; sent < total; sent += buffer.Length)
        {
            await stream.WriteAsync(buffer.AsMemory(0, Math.Min(buffer.Length, total - sent)));
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
