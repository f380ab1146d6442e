namespace Konsul.Mesh.Hosting.Lifecycle;

/// <summary>A reason not to start that the user can act on. Its message is a sentence without a full stop, printed after the program's
/// name.</summary>
public sealed class StartupException : Exception
{
    public StartupException(int exitCode, string sentence, Exception? innerException = null)
        : base(sentence, innerException) => ExitCode = exitCode;

    public int ExitCode { get; }
}
