namespace Konsul.Mesh.TestKit.Linearizability.Models;

/// <summary>An operation on a register; null is the value of a register that was never written.</summary>
public readonly record struct RegisterInput
{
    private RegisterInput(RegisterAction action, long? value, long? expected) => (Action, Value, Expected) = (action, value, expected);

    public RegisterAction Action { get; }

    /// <summary>What is written.</summary>
    public long? Value { get; }

    /// <summary>What a compare-and-set expects to find.</summary>
    public long? Expected { get; }

    public static RegisterInput Read() => new(RegisterAction.Read, null, null);

    public static RegisterInput Write(long? value) => new(RegisterAction.Write, value, null);

    public static RegisterInput CompareAndSet(long? expected, long? value) => new(RegisterAction.CompareAndSet, value, expected);
}
