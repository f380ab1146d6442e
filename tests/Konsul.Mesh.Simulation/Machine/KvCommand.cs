using System.Text;
using Konsul.Mesh.TestKit.Linearizability.Models;

namespace Konsul.Mesh.Simulation.Machine;

/// <summary>A write of a client as a command of the log. Its number is used once only, in all of a world.</summary>
internal sealed record KvCommand(ulong Number, KeyValueAction Action, string Key, string Value, string? Expected)
{
    public byte[] Encode()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write(Number);
        writer.Write((byte)Action);
        writer.Write(Key);
        writer.Write(Value);
        writer.Write(Expected is not null);
        writer.Write(Expected ?? "");
        return bytes.ToArray();
    }

    public static KvCommand Decode(ReadOnlyMemory<byte> bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes.ToArray()), Encoding.UTF8);
        var (number, action, key, value) = (reader.ReadUInt64(), (KeyValueAction)reader.ReadByte(), reader.ReadString(), reader.ReadString());
        var hasExpected = reader.ReadBoolean();
        var expected = reader.ReadString();
        return new KvCommand(number, action, key, value, hasExpected ? expected : null);
    }
}
