namespace Konsul.Mesh.Model.Chains;

/// <summary>A step of a chain: <see cref="RouterNode"/>, <see cref="SplitterNode"/> or <see cref="ResolverNode"/>.</summary>
/// <param name="Name">Of the service, or of the target for a resolver.</param>
public abstract record ChainNode(string Name)
{
    /// <summary>router, splitter or resolver.</summary>
    public abstract string Type { get; }

    /// <summary>The node's key in its chain.</summary>
    public string Key => $"{Type}:{Name}";
}
