namespace Konsul.Mesh.Hosting.Admin;

/// <summary>One thing that must hold before a program is ready. False until set.</summary>
public sealed class ReadinessCondition
{
    private volatile string? _missing;

    internal ReadinessCondition(string name, string reason)
    {
        Name = name;
        _missing = reason;
    }

    public string Name { get; }

    public bool IsMet => _missing is null;

    /// <summary>Why it does not hold; null when it does.</summary>
    public string? Missing => _missing;

    public void Met() => _missing = null;

    public void NotMet(string reason) => _missing = reason;
}
