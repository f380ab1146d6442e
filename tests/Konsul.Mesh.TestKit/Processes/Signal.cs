namespace Konsul.Mesh.TestKit.Processes;

/// <summary>Signal numbers of Linux.</summary>
public enum Signal
{
    Hangup = 1,
    Interrupt = 2,
    Kill = 9,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}
