using System.Collections.Immutable;

namespace Konsul.Mesh.Corpus.Raft;

/// <summary>A word, or <c>key=value</c>, or <c>key=(value, value)</c>.</summary>
internal sealed record DirectiveArgument(string Key, ImmutableArray<string> Values);
