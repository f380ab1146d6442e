namespace Konsul.Mesh.Ca.Rotation;

/// <summary>How far a change of roots has come. The numbers are those of the metric.</summary>
public enum RotationStage
{
    /// <summary>One root, and it signs.</summary>
    Idle = 0,

    /// <summary>The next root is trusted and does not sign yet; can still be called off.</summary>
    Publishing = 1,

    /// <summary>The new root signs; an older one is trusted until the last leaf it signed has lapsed.</summary>
    Retiring = 2,
}
