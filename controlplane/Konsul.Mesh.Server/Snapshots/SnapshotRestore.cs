using System.Security.Cryptography;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.Server.Snapshots;

/// <summary>Sends a state through the log, piece by piece, and has every server take it at the same index.</summary>
internal sealed class SnapshotRestore(ReplicatedState state)
{
    /// <summary>Bytes of a piece; base64 makes a third more of them, which stays below what a command may hold.</summary>
    private const int PieceBytes = 1024 * 1024;

    public async Task RunAsync(Stream snapshot, CancellationToken cancellation)
    {
        var upload = Guid.NewGuid().ToString("N");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[PieceBytes];
        var pieces = 0;
        while (true)
        {
            var read = await snapshot.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
            if (read == 0)
                break;
            hash.AppendData(buffer, 0, read);
            await state.ProposeAsync(new StagePiece { Upload = upload, Number = pieces, Bytes = buffer.AsMemory(0, read) }, cancellation).ConfigureAwait(false);
            pieces++;
        }

        var sum = Convert.ToHexStringLower(hash.GetHashAndReset());
        await state.ProposeAsync(new RestoreStaged { Upload = upload, Pieces = pieces, Sha256 = sum }, cancellation).ConfigureAwait(false);
    }
}
