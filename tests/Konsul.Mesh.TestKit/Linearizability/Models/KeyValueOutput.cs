namespace Konsul.Mesh.TestKit.Linearizability.Models;

/// <summary>The result of an operation on a key.</summary>
public readonly record struct KeyValueOutput
{
    /// <summary>What a get found; null if the key was absent.</summary>
    public string? Value { get; private init; }

    /// <summary>Whether a compare-and-set found what it expected.</summary>
    public bool Swapped { get; private init; }

    /// <summary>A put, an append or a delete has happened.</summary>
    public static KeyValueOutput Done => default;

    public static KeyValueOutput Got(string? value) => new() { Value = value };

    public static KeyValueOutput CompareAndSet(bool swapped) => new() { Swapped = swapped };
}
