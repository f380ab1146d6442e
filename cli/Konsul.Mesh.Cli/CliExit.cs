namespace Konsul.Mesh.Cli;

/// <summary>Exit codes. A code depends on the result alone, never on the output format.</summary>
internal static class CliExit
{
    public const int Ok = 0;
    public const int Failed = 1;
    public const int Usage = 64;
    public const int BadFile = 65;
    public const int Unreachable = 69;
    public const int Internal = 70;
    public const int PermissionDenied = 77;
    public const int Timeout = 124;

    /// <summary>Ctrl-C; how <c>watch</c> usually ends.</summary>
    public const int Interrupted = 130;
}
