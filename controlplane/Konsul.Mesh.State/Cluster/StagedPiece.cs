using System.Globalization;

namespace Konsul.Mesh.State.Cluster;

/// <summary>A piece of a snapshot that is being restored through the log.</summary>
/// <param name="Upload">Whose piece it is.</param>
/// <param name="Number">From 0.</param>
/// <param name="Bytes">At most what a command may hold.</param>
internal sealed record StagedPiece(string Upload, int Number, ReadOnlyMemory<byte> Bytes)
{
    public string Key => KeyOf(Number);

    public static string KeyOf(int number) => number.ToString("x8", CultureInfo.InvariantCulture);
}
