using Konsul.Mesh.TestKit.Linearizability;

namespace Konsul.Mesh.Corpus.Histories;

/// <summary>Makes operations of the invoke, ok, fail and info lines of a log. A line's place is its time.</summary>
internal sealed class HistoryBuilder<TInput, TOutput>
{
    private readonly List<Operation<TInput, TOutput>> _operations = [];
    private readonly Dictionary<int, (TInput Input, long Call)> _open = [];

    /// <summary>A process that invokes again without having learned anything has given up on what it did before.</summary>
    public void Invoke(int process, TInput input, long time)
    {
        if (_open.Remove(process, out var old))
        {
            _operations.Add(new(process, old.Input, old.Call));
        }

        _open[process] = (input, time);
    }

    /// <param name="process">The process.</param>
    /// <param name="result">From what it asked and what the line says.</param>
    /// <param name="time">The line.</param>
    /// <exception cref="FormatException">The process has no operation open.</exception>
    public void Complete(int process, Func<TInput, TOutput> result, long time)
    {
        var (input, call) = TakeOpen(process);
        _operations.Add(new(process, input, call, result(input), time));
    }

    /// <summary>Nobody knows whether it happened.</summary>
    /// <exception cref="FormatException">The process has no operation open.</exception>
    public void Unknown(int process)
    {
        var (input, call) = TakeOpen(process);
        _operations.Add(new(process, input, call));
    }

    /// <summary>It did not happen.</summary>
    /// <exception cref="FormatException">The process has no operation open.</exception>
    public void DidNotHappen(int process) => TakeOpen(process);

    public IReadOnlyList<Operation<TInput, TOutput>> Build() =>
        [.. _operations, .. _open.Select(o => new Operation<TInput, TOutput>(o.Key, o.Value.Input, o.Value.Call))];

    private (TInput Input, long Call) TakeOpen(int process) =>
        _open.Remove(process, out var open) ? open : throw new FormatException($"process {process} ends an operation that it has not begun");
}
