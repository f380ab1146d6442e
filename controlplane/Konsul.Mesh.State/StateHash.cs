using System.Security.Cryptography;
using Konsul.Mesh.State.Snapshots;

namespace Konsul.Mesh.State;

/// <summary>SHA-256 over the content in canonical form: equal content, equal hash, on any node and after any snapshot.</summary>
public static class StateHash
{
    public static string Compute(StateView view)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var stream = new HashStream(hash);
        SnapshotWriter.WriteRecords(view, stream);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private sealed class HashStream(IncrementalHash hash) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer) => hash.AppendData(buffer);

        public override void Write(byte[] buffer, int offset, int count) => hash.AppendData(buffer, offset, count);

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
