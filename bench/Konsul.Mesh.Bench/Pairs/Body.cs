namespace Konsul.Mesh.Bench.Pairs;

/// <summary>What the app answers: the same bytes for every pair.</summary>
internal sealed record Body(string Name, string Path, byte[] Bytes)
{
    public static readonly Body Small = new("34 B", "/small", "Hello from the app of the bench !\n"u8.ToArray());

    public static readonly Body Large = new("16 KB", "/large", Pattern(16 * 1024));

    private static byte[] Pattern(int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
        {
            bytes[i] = (byte)('a' + (i * 31 % 26));
        }

        return bytes;
    }
}
