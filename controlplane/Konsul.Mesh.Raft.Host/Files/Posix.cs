using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Konsul.Mesh.Raft.Host.Files;

/// <summary>
/// What .NET does not offer: fdatasync (its Flush is the dearer fsync), fsync of a directory, preallocation that sets the length, dropping a file's
/// pages from memory.
/// </summary>
internal static partial class Posix
{
    private const int CloseOnExec = 0x80000;
    private const int Interrupted = 4;
    private const int NotSupported = 95;
    private const int DontNeed = 4;

    public static void DataSync(SafeFileHandle file, string path) => Check(FDataSync(file), "fdatasync", path);

    public static void Allocate(SafeFileHandle file, long length, string path)
    {
        // Returns the error instead of setting errno.
        int error;
        do
        {
            error = PosixFAllocate(file, 0, length);
        }
        while (error == Interrupted);

        if (error == NotSupported)
        {
            // Some file systems cannot reserve; the length alone still saves a metadata write per sync.
            RandomAccess.SetLength(file, length);
        }
        else if (error != 0)
        {
            throw Failure("posix_fallocate", path, error);
        }
    }

    public static void DropCache(SafeFileHandle file, string path)
    {
        if (PosixFAdvise(file, 0, 0, DontNeed) is not 0 and var error)
        {
            throw Failure("posix_fadvise", path, error);
        }
    }

    /// <summary>A directory opens for reading like a file; O_DIRECTORY, whose value differs between architectures, is not needed.</summary>
    public static void SyncDirectory(string path)
    {
        var descriptor = Open(path, CloseOnExec);
        Check(descriptor < 0 ? -1 : 0, "open", path);
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        Check(FSync(handle), "fsync", path);
    }

    private static void Check(int result, string call, string path)
    {
        if (result != 0)
        {
            throw Failure(call, path, Marshal.GetLastPInvokeError());
        }
    }

    private static IOException Failure(string call, string path, int error) =>
        new($"{call} of {path} failed: {Marshal.GetPInvokeErrorMessage(error)}", error);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    private static partial int PosixFAllocate(SafeFileHandle file, long offset, long length);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int PosixFAdvise(SafeFileHandle file, long offset, long length, int advice);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}
