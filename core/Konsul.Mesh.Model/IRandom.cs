namespace Konsul.Mesh.Model;

/// <summary>Where randomness enters a pure room; tests give a seeded one.</summary>
public interface IRandom
{
    /// <summary>A number in [0, <paramref name="exclusiveMax"/>).</summary>
    int Next(int exclusiveMax);

    /// <summary>A number in [0, 1).</summary>
    double NextDouble();
}
