namespace Konsul.Mesh.TestKit.Linearizability.Models;

/// <summary>An operation on one key; null is the value of an absent key.</summary>
public sealed record KeyValueInput
{
    private KeyValueInput(KeyValueAction action, string key, string? value, string? expected) =>
        (Action, Key, Value, Expected) = (action, key, value, expected);

    public KeyValueAction Action { get; }

    public string Key { get; }

    /// <summary>What is put or appended.</summary>
    public string? Value { get; }

    /// <summary>What a compare-and-set expects to find.</summary>
    public string? Expected { get; }

    public static KeyValueInput Get(string key) => new(KeyValueAction.Get, key, null, null);

    public static KeyValueInput Put(string key, string value) => new(KeyValueAction.Put, key, value, null);

    public static KeyValueInput Append(string key, string value) => new(KeyValueAction.Append, key, value, null);

    public static KeyValueInput CompareAndSet(string key, string? expected, string? value) =>
        new(KeyValueAction.CompareAndSet, key, value, expected);

    public static KeyValueInput Delete(string key) => new(KeyValueAction.Delete, key, null, null);
}
