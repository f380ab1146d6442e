namespace Konsul.Mesh.TestKit.Linearizability.Search;

/// <summary>What became of a configuration that a search wanted to remember.</summary>
internal enum Addition
{
    Added,
    AlreadyThere,
    OutOfMemory,
}
