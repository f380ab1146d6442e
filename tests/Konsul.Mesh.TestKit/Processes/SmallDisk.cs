namespace Konsul.Mesh.TestKit.Processes;

/// <summary>A file system of its own of a given size, in memory; unmounted at the end.</summary>
public sealed class SmallDisk : IAsyncDisposable
{
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(10);
    private readonly TemporaryFolder _folder = new();
    private bool _mounted;

    private SmallDisk()
    {
    }

    public string Path => _folder.Path;

    private string Filler => System.IO.Path.Combine(Path, "filler");

    /// <returns>The disk, or why there can be none here, to skip a test by.</returns>
    public static async Task<(SmallDisk? Disk, string? Obstacle)> MountAsync(int megabytes)
    {
        var disk = new SmallDisk();
        var failure = await disk.RunAsync("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", disk.Path).ConfigureAwait(false);
        if (failure is null)
        {
            disk._mounted = true;
            return (disk, null);
        }

        await disk.DisposeAsync().ConfigureAwait(false);
        return (null, $"a small disk cannot be mounted here: {failure}");
    }

    /// <summary>Takes all space that is left.</summary>
    public void Fill()
    {
        using var filler = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1);
        var block = new byte[64 * 1024];
        for (var size = block.Length; size > 0;)
        {
            try
            {
                filler.Write(block, 0, size);
            }
            catch (IOException)
            {
                size /= 2;
            }
        }
    }

    /// <summary>Gives it back.</summary>
    public void Free() => File.Delete(Filler);

    public async ValueTask DisposeAsync()
    {
        if (_mounted && await RunAsync("umount", Path).ConfigureAwait(false) is { } failure)
        {
            throw new InvalidOperationException(failure);
        }

        _folder.Dispose();
    }

    private async Task<string?> RunAsync(string tool, params string[] arguments)
    {
        if (Programs.Find(tool) is not { } program)
        {
            return $"{tool} is not installed";
        }

        var run = ProgramProcess.Start(tool, program, arguments);
        await using (run.ConfigureAwait(false))
        {
            return await run.WaitForExitAsync(CommandTimeout).ConfigureAwait(false) == 0 ? null : $"{tool}: {run.Output}";
        }
    }
}
