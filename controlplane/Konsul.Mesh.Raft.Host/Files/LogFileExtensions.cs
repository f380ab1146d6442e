namespace Konsul.Mesh.Raft.Host.Files;

internal static class LogFileExtensions
{
    /// <summary>ENOSPC and EDQUOT: the numbers are the same on all Linux architectures that .NET runs on.</summary>
    private const int NoSpace = 28;
    private const int Quota = 122;

    public static bool IsDiskFull(this IOException e) => e.HResult is NoSpace or Quota;

    public static void WriteAll(this ILogFile file, long offset, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var written = file.Write(offset, bytes);
            if (written <= 0)
            {
                throw new IOException($"The disk took none of {bytes.Length} bytes.");
            }

            offset += written;
            bytes = bytes[written..];
        }
    }

    /// <returns>How many bytes were there.</returns>
    public static int ReadAll(this ILogFile file, long offset, Span<byte> into)
    {
        var total = 0;
        while (total < into.Length)
        {
            var read = file.Read(offset + total, into[total..]);
            if (read <= 0)
            {
                break;
            }

            total += read;
        }

        return total;
    }
}
