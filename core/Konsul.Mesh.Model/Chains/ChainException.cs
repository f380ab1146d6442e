namespace Konsul.Mesh.Model.Chains;

/// <summary>Entries that make no chain together; the message is for the one who wrote them.</summary>
public sealed class ChainException(string sentence) : Exception(sentence);
