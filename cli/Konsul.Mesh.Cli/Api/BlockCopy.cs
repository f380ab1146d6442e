namespace Konsul.Mesh.Cli.Api;

/// <summary>Copies a stream of any length with the memory of one block.</summary>
internal static class BlockCopy
{
    public const int BlockSize = 128 * 1024;

    /// <param name="source">Read to its end.</param>
    /// <param name="destination">Its exceptions come through as they are.</param>
    /// <param name="unreadable">What a failure of the source is to the user.</param>
    /// <param name="progress">Called for each block.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task RunAsync(
        Stream source, Stream destination, Func<IOException, CliException> unreadable, Action progress, CancellationToken cancellation)
    {
        var block = new byte[BlockSize];
        while (true)
        {
            int read;
            try
            {
                read = await source.ReadAsync(block, cancellation);
            }
            catch (IOException e)
            {
                throw unreadable(e);
            }

            if (read == 0)
            {
                return;
            }

            await destination.WriteAsync(block.AsMemory(0, read), cancellation);
            progress();
        }
    }
}
