namespace Konsul.Mesh.Model.ConfigEntries;

/// <summary>An entry that cannot be taken.</summary>
/// <param name="path">The member that is wrong, such as <c>Routes[0].Match</c>; empty when it is the entry as a whole.</param>
/// <param name="sentence">What is wrong; stands for itself.</param>
public sealed class ConfigEntryException(string path, string sentence) : Exception(sentence)
{
    public string Path { get; } = path;

    /// <summary>It is no entry of any kind, as opposed to one that contradicts itself.</summary>
    public bool IsForm { get; private init; }

    internal static ConfigEntryException Form(string path, string sentence) => new(path, sentence) { IsForm = true };
}
