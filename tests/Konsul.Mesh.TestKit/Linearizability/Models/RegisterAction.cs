namespace Konsul.Mesh.TestKit.Linearizability.Models;

/// <summary>What can be done to a register.</summary>
public enum RegisterAction
{
    Read,
    Write,

    /// <summary>Write if the register holds what is expected.</summary>
    CompareAndSet,
}
