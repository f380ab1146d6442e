namespace Konsul.Mesh.TestKit.Linearizability.Search;

/// <summary>Two configurations are alike if their states are, and the operations taken that must happen.</summary>
internal sealed class ConfigurationComparer<TState>(IEqualityComparer<TState> states) : IEqualityComparer<Configuration<TState>>
{
    public bool Equals(Configuration<TState>? x, Configuration<TState>? y) =>
        ReferenceEquals(x, y)
        || (x is not null && y is not null && x.Mandatory.AsSpan().SequenceEqual(y.Mandatory) && states.Equals(x.State, y.State));

    public int GetHashCode(Configuration<TState> obj)
    {
        var hash = new HashCode();
        hash.Add(obj.State is null ? 0 : states.GetHashCode(obj.State));
        foreach (var operation in obj.Mandatory)
        {
            hash.Add(operation);
        }

        return hash.ToHashCode();
    }
}
