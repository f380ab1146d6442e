using System.Buffers.Binary;
using System.Text;

namespace Konsul.Mesh.Bench.Cluster;

/// <summary>The bodies that h2load sends: a key of 8 bytes, a value of 256.</summary>
internal sealed class RequestFiles
{
    public const string Key = "bench-00";
    private const int ValueBytes = 256;

    private readonly string _folder;

    public RequestFiles(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        (Value, Put, Range) = (Path.Combine(folder, "value"), Path.Combine(folder, "put"), Path.Combine(folder, "range"));
        var (key, value) = (Encoding.ASCII.GetBytes(Key), Enumerable.Repeat((byte)'v', ValueBytes).ToArray());
        File.WriteAllBytes(Value, value);

        // etcdserverpb.PutRequest and RangeRequest: field 1 the key; field 2 of the first the value, whose length takes two bytes.
        byte[] keyField = [0x0a, (byte)key.Length, .. key];
        File.WriteAllBytes(Put, Framed([.. keyField, 0x12, 0x80 | (ValueBytes & 0x7f), ValueBytes >> 7, .. value]));
        File.WriteAllBytes(Range, Framed(keyField));
    }

    public string Value { get; }

    public string Put { get; }

    public string Range { get; }

    /// <summary>A file that names the addresses to ask in turn.</summary>
    public string List(IEnumerable<Uri> addresses)
    {
        var all = addresses.ToArray();
        var path = Path.Combine(_folder, $"list-{all[0].Port}");
        File.WriteAllLines(path, all.Select(a => a.AbsoluteUri));
        return path;
    }

    /// <summary>As gRPC frames a message: not compressed, length, message.</summary>
    private static byte[] Framed(byte[] message)
    {
        var framed = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), message.Length);
        message.CopyTo(framed, 5);
        return framed;
    }
}
