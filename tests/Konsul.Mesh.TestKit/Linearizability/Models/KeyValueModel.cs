namespace Konsul.Mesh.TestKit.Linearizability.Models;

/// <summary>Keys that hold strings: get, put, append, compare-and-set, delete. Every key is checked apart; a state is one key's value.</summary>
/// <param name="initial">What every key holds at first: null if it is absent, "" for services that do not tell absent from empty.</param>
public sealed class KeyValueModel(string? initial = null) : ISequentialModel<string?, KeyValueInput, KeyValueOutput>
{
    public string? Initial => initial;

    public IEqualityComparer<string?> States => StringComparer.Ordinal;

    public bool TryStep(string? state, KeyValueInput input, in Outcome<KeyValueOutput> outcome, out string? next)
    {
        ArgumentNullException.ThrowIfNull(input);
        switch (input.Action)
        {
            case KeyValueAction.Get:
                next = state;
                return !outcome.IsKnown || string.Equals(outcome.Value.Value, state, StringComparison.Ordinal);
            case KeyValueAction.Put:
                next = input.Value;
                return true;
            case KeyValueAction.Append:
                next = state + input.Value;
                return true;
            case KeyValueAction.CompareAndSet:
                var swaps = string.Equals(state, input.Expected, StringComparison.Ordinal);
                next = swaps ? input.Value : state;
                return !outcome.IsKnown || outcome.Value.Swapped == swaps;
            case KeyValueAction.Delete:
                next = initial;
                return true;
            default:
                throw new ArgumentOutOfRangeException(nameof(input), input.Action, "No such action.");
        }
    }

    public bool IsReadOnly(KeyValueInput input, in Outcome<KeyValueOutput> outcome)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.Action == KeyValueAction.Get
            || (input.Action == KeyValueAction.CompareAndSet && outcome.IsKnown && !outcome.Value.Swapped);
    }

    public string PartitionOf(KeyValueInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.Key;
    }

    public int SizeOf(string? state) => state is null ? 0 : 24 + (2 * state.Length);

    public string Describe(KeyValueInput input, in Outcome<KeyValueOutput> outcome)
    {
        ArgumentNullException.ThrowIfNull(input);
        var done = outcome.IsKnown ? "ok" : "unknown";
        return input.Action switch
        {
            KeyValueAction.Get => $"get({input.Key}) -> {(outcome.IsKnown ? DescribeState(outcome.Value.Value) : "unknown")}",
            KeyValueAction.Put => $"put({input.Key}, {DescribeState(input.Value)}) -> {done}",
            KeyValueAction.Append => $"append({input.Key}, {DescribeState(input.Value)}) -> {done}",
            KeyValueAction.Delete => $"delete({input.Key}) -> {done}",
            _ => $"cas({input.Key}, {DescribeState(input.Expected)}, {DescribeState(input.Value)}) -> "
                + (outcome.IsKnown && !outcome.Value.Swapped ? "differs" : done),
        };
    }

    public string DescribeState(string? state) => state is null ? "nil" : $"\"{state}\"";
}
