namespace Konsul.Mesh.State;

public enum ApplyFailure
{
    None,

    /// <summary>The command contradicts itself or the rules; the same command will never succeed.</summary>
    Invalid,
    NotFound,

    /// <summary>Something is already there, or is no longer what the issuer saw.</summary>
    Conflict,

    /// <summary>A bounded resource is used up.</summary>
    Exhausted,
}
