namespace Konsul.Mesh.TestKit.Linearizability.Models;

/// <summary>What can be done to a key.</summary>
public enum KeyValueAction
{
    Get,
    Put,

    /// <summary>Add to the end of the value; an absent key counts as empty.</summary>
    Append,

    /// <summary>Put if the key holds what is expected.</summary>
    CompareAndSet,
    Delete,
}
