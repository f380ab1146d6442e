namespace Konsul.Mesh.Model;

/// <summary>The process's own randomness: thread-safe, not for keys or serial numbers.</summary>
public sealed class SystemRandom : IRandom
{
    public static SystemRandom Instance { get; } = new();

    private SystemRandom()
    {
    }

    public int Next(int exclusiveMax) => Random.Shared.Next(exclusiveMax);

    public double NextDouble() => Random.Shared.NextDouble();
}
