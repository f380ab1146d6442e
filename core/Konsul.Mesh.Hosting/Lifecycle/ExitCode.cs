namespace Konsul.Mesh.Hosting.Lifecycle;

/// <summary>Exit codes, after BSD's sysexits.</summary>
public static class ExitCode
{
    public const int Ok = 0;
    public const int Usage = 64;
    public const int BadFile = 65;

    /// <summary>Cannot bind, or cannot reach what is needed.</summary>
    public const int Unavailable = 69;
    public const int Internal = 70;
}
