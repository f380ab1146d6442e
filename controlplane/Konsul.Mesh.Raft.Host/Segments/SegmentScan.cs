using System.Buffers.Binary;
using Konsul.Mesh.Raft.Host.Format;

namespace Konsul.Mesh.Raft.Host.Segments;

/// <summary>Reads a segment batch by batch; records are handed on only when their whole batch is good.</summary>
internal sealed class SegmentScan
{
    private readonly SegmentImage _image;
    private readonly List<(RecordHeader Header, int Offset)> _records = [];
    private LogPosition _position;

    private SegmentScan(SegmentImage image, LogPosition position) => (_image, _position) = (image, position);

    /// <summary>After the last good batch.</summary>
    public int End { get; private set; }

    public LogPosition Position => _position;

    public bool Sealed { get; private set; }

    /// <summary>How many batches were good.</summary>
    public int Batches { get; private set; }

    /// <summary>What is wrong behind <see cref="End"/>, and where; null when there is nothing.</summary>
    public (int Offset, string What)? Problem { get; private set; }

    public static SegmentScan Run(SegmentImage image, LogPosition from, IRecordSink sink)
    {
        var scan = new SegmentScan(image, from) { End = FileHeader.Size };
        while (scan.End < image.Bytes.Length && scan.Problem is null)
        {
            if (scan.Sealed)
            {
                scan.Problem = (scan.End, "there are bytes behind the seal.");
            }
            else if (scan.ReadBatch())
            {
                foreach (var (header, offset) in scan._records)
                {
                    var body = image.Bytes.AsMemory(offset + RecordHeader.Size, header.BodyLength);
                    BatchWriter.Mask(body.Span, image.Header.Salt);
                    sink.OnRecord(image, header, offset, body);
                }
            }
        }

        return scan;
    }

    private bool ReadBatch()
    {
        var (bytes, salt) = (_image.Bytes, _image.Header.Salt);
        var (at, position, sealing, records) = (End, _position, false, 0u);
        _records.Clear();
        while (true)
        {
            if (!RecordHeader.TryRead(bytes.AsSpan(at), salt, out var header, out var nextHash))
            {
                return Fail(at, "no record of this segment starts here, or its header's checksum does not match.");
            }

            if (header.Batch != position.NextBatch || header.PreviousHash != position.Hash)
            {
                return Fail(at, $"a record of batch {header.Batch} follows, expected batch {position.NextBatch} continuing {position.Hash:x16}.");
            }

            var body = at + RecordHeader.Size;
            if (header.BodyLength > bytes.Length - body)
            {
                return Fail(at, $"a record of {header.BodyLength} bytes reaches beyond the last byte that is not zero.");
            }

            var stored = bytes.AsSpan(body, header.BodyLength);
            var padding = bytes.AsSpan(body + header.BodyLength, RecordHeader.Align(header.BodyLength) - header.BodyLength);
            if (Checksum.Crc32C(stored) != header.BodyCrc || padding.ContainsAnyExcept((byte)0))
            {
                return Fail(body, $"the checksum of the {header.Type} record {header.Index} does not match.");
            }

            if (header.WhyUnknown is { } unknown)
            {
                throw new LogVersionException(_image.Path, at, $"it holds {unknown}, which this program does not know: a newer one wrote it.");
            }

            var last = position.LastIndex;
            position = position.After(header.Type, header.Flags, header.Term, header.Index) with { Hash = nextHash };
            switch (header.Type)
            {
                case RecordType.Entry when header.Index == 0 || header.Index > last + 1:
                    return Fail(at, $"entry {header.Index} follows {last}.");
                case RecordType.Entry or RecordType.HardState or RecordType.Base:
                    _records.Add((header, at));
                    break;
                case RecordType.Seal:
                    sealing = true;
                    break;
                case RecordType.BatchEnd
                    when stored.Length != BatchWriter.MarkerBody || (BinaryPrimitives.ReadUInt32LittleEndian(stored) ^ (uint)salt) != records:
                    return Fail(at, $"the end marker does not count the {records} records of batch {header.Batch}.");
                case RecordType.BatchEnd:
                    End = body + RecordHeader.Align(header.BodyLength);
                    Sealed = sealing;
                    Batches++;
                    _position = position with { NextBatch = position.NextBatch + 1 };
                    return true;
            }

            at = body + RecordHeader.Align(header.BodyLength);
            records++;
        }
    }

    private bool Fail(int offset, string what)
    {
        Problem = (offset, what);
        return false;
    }
}
