namespace Konsul.Mesh.TestKit.Linearizability.Search;

/// <summary>
/// Configurations of which none makes another one useless: of two that are alike, the one that has used up fewer optional operations can
/// do all that the other can.
/// </summary>
internal sealed class Frontier<TState>(ConfigurationComparer<TState> alike)
{
    private readonly Dictionary<Configuration<TState>, List<Configuration<TState>>> _byLikeness = new(alike);

    /// <summary>How many were added, those included that were made useless later.</summary>
    public int Added { get; private set; }

    public IEnumerable<Configuration<TState>> All => _byLikeness.Values.SelectMany(c => c);

    public bool IsEmpty => _byLikeness.Count == 0;

    /// <returns>False if it is there already or useless.</returns>
    public bool TryAdd(Configuration<TState> configuration)
    {
        if (!_byLikeness.TryGetValue(configuration, out var those))
        {
            _byLikeness[configuration] = those = [];
        }
        else if (those.Exists(c => c.UsesNoMoreThan(configuration)))
        {
            return false;
        }

        those.RemoveAll(configuration.UsesNoMoreThan);
        those.Add(configuration);
        Added++;
        return true;
    }
}
