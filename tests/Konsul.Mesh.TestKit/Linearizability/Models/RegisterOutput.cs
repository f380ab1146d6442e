namespace Konsul.Mesh.TestKit.Linearizability.Models;

/// <summary>The result of an operation on a register.</summary>
public readonly record struct RegisterOutput
{
    /// <summary>What a read found.</summary>
    public long? Value { get; private init; }

    /// <summary>Whether a compare-and-set found what it expected.</summary>
    public bool Swapped { get; private init; }

    /// <summary>A write has happened.</summary>
    public static RegisterOutput Written => default;

    public static RegisterOutput Read(long? value) => new() { Value = value };

    public static RegisterOutput CompareAndSet(bool swapped) => new() { Swapped = swapped };
}
