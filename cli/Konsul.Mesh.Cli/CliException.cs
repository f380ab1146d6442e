namespace Konsul.Mesh.Cli;

/// <summary>Ends the run with a code and one sentence on standard error.</summary>
internal sealed class CliException(int code, string sentence) : Exception(sentence)
{
    public int Code => code;
}
