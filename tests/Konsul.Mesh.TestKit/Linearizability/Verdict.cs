namespace Konsul.Mesh.TestKit.Linearizability;

/// <summary>What a check found.</summary>
public enum Verdict
{
    /// <summary>An order exists that explains every result.</summary>
    Ok,

    /// <summary>No order explains every result.</summary>
    Illegal,

    /// <summary>Time or memory ended before the search did.</summary>
    Unknown,
}
