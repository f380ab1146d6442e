namespace Konsul.Mesh.TestKit.Linearizability;

/// <summary>
/// What a client learned of its operation: a value or, as default, nothing (a timeout, a lost connection). Then the operation may have
/// taken effect, may do so later, or never.
/// </summary>
public readonly record struct Outcome<T>
{
    public Outcome(T value)
    {
        IsKnown = true;
        Value = value;
    }

    public bool IsKnown { get; }

    /// <summary>The value returned; meaningless when <see cref="IsKnown"/> is false.</summary>
    public T Value { get; }
}
