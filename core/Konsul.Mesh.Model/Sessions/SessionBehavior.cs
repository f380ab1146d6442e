namespace Konsul.Mesh.Model.Sessions;

/// <summary>What becomes of the keys that a session holds when it ends. Numbers are in the log: for ever.</summary>
public enum SessionBehavior
{
    /// <summary>They stay and are free.</summary>
    Release = 0,

    /// <summary>They are deleted.</summary>
    Delete = 1,
}
