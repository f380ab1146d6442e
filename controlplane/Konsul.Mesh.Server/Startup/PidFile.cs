using System.Globalization;
using Konsul.Mesh.Hosting.Lifecycle;

namespace Konsul.Mesh.Server.Startup;

/// <summary>The file in which others find this process; gone when it ends in order.</summary>
internal sealed class PidFile : IDisposable
{
    private readonly string _path;

    private PidFile(string path) => _path = path;

    /// <returns>Null when no file is wanted.</returns>
    /// <exception cref="StartupException">It cannot be written.</exception>
    public static PidFile? Write(string? path)
    {
        if (path is null)
            return null;
        try
        {
            File.WriteAllText(path, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new PidFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(ExitCode.Usage, $"cannot write the pid file {path}: {e.Message.TrimEnd('.')}", e);
        }
    }

    public void Dispose()
    {
        try
        {
            File.Delete(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody else owns it now.
        }
    }
}
