namespace Konsul.Mesh.Ca.Rotation;

/// <summary>What is to be done next about the roots.</summary>
public enum RotationAction
{
    /// <summary>Nothing before something changes or the step's time has come.</summary>
    Wait,

    /// <summary>Make a new root and have everybody trust it.</summary>
    Publish,

    /// <summary>Sign with the new root from now on.</summary>
    Activate,

    /// <summary>Stop trusting a root that no valid leaf is from any more.</summary>
    Remove,
}
