namespace Konsul.Mesh.TestKit.Linearizability.Search;

/// <summary>A state, and which of the open operations have taken effect in it: those that must happen and those that need not, ascending.</summary>
internal sealed record Configuration<TState>(TState State, int[] Mandatory, int[] Optional)
{
    public bool Holds(int operation) => Array.BinarySearch(Mandatory, operation) >= 0 || Array.BinarySearch(Optional, operation) >= 0;

    public Configuration<TState> WithMandatory(int operation, TState next) => new(next, Insert(Mandatory, operation), Optional);

    public Configuration<TState> WithOptional(int operation, TState next) => new(next, Mandatory, Insert(Optional, operation));

    public Configuration<TState> Without(int operation) => this with { Mandatory = Array.FindAll(Mandatory, t => t != operation) };

    /// <summary>True if every optional operation that this one has used up the other has too.</summary>
    public bool UsesNoMoreThan(Configuration<TState> other)
    {
        var at = 0;
        foreach (var operation in Optional)
        {
            while (at < other.Optional.Length && other.Optional[at] < operation)
            {
                at++;
            }

            if (at == other.Optional.Length || other.Optional[at] != operation)
            {
                return false;
            }
        }

        return true;
    }

    private static int[] Insert(int[] ascending, int operation)
    {
        var at = ~Array.BinarySearch(ascending, operation);
        return [.. ascending[..at], operation, .. ascending[at..]];
    }
}
