namespace Konsul.Mesh.Simulation;

/// <summary>Something happened that may never happen.</summary>
/// <param name="rule">Which one was broken: I1 to I16, or a name.</param>
/// <param name="message">How.</param>
internal sealed class ViolationException(string rule, string message) : Exception($"{rule}: {message}")
{
    public string Rule => rule;
}
