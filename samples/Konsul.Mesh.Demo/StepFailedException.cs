namespace Konsul.Mesh.Demo;

/// <summary>A claim of the demo did not hold; the message says what was seen instead.</summary>
internal sealed class StepFailedException(string message) : Exception(message)
{
    public static void Unless(bool holds, string seen)
    {
        if (!holds)
        {
            throw new StepFailedException(seen);
        }
    }
}
