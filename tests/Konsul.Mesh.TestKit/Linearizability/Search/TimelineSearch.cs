namespace Konsul.Mesh.TestKit.Linearizability.Search;

/// <summary>
/// Follows time and keeps every configuration that the history so far can be in, taking open operations only when a return asks for it
/// (Lowe's "just in time"). The first return that leaves none is the failure, and the configurations before it are the starts of the
/// failing window. It proves long histories illegal in little memory, but knows no order, and gives up where too many operations are open.
/// </summary>
internal sealed class TimelineSearch<TState, TInput, TOutput>(
    ISequentialModel<TState, TInput, TOutput> model, Operation<TInput, TOutput>[] operations, int maxConfigurations = 20_000)
{
    private const int ShownBefore = 8;
    private const long MaxStateBytes = 64L << 20;

    private readonly int[] _equalBefore = OptionalOperations.EqualBefore(operations);
    private readonly (int Operation, bool IsReturn)[] _events = HistoryEvents.InOrder(operations);
    private readonly bool[] _isForced = [.. operations.Select(o => o.MustHappen && model.IsReadOnly(o.Input, o.Outcome))];
    private readonly ConfigurationComparer<TState> _alike = new(model.States);
    private readonly List<int> _open = [];

    /// <summary>Where it fails; set if the verdict is Illegal.</summary>
    public FailingWindow<TState, TInput, TOutput>? Window { get; private set; }

    /// <summary>How often the model was asked.</summary>
    public long Steps { get; private set; }

    /// <summary>Searches to the end. May be called once.</summary>
    /// <returns>Unknown if it was cancelled or there are too many configurations.</returns>
    public Verdict Run(CancellationToken cancellation)
    {
        var frontier = new Frontier<TState>(_alike);
        frontier.TryAdd(new Configuration<TState>(model.Initial, [], []));
        for (var at = 0; at < _events.Length; at++)
        {
            var (operation, isReturn) = _events[at];
            if (!isReturn)
            {
                _open.Add(operation);
                continue;
            }

            if (TryAdvance(frontier, operation, cancellation) is not { } next)
            {
                return Verdict.Unknown;
            }

            if (next.IsEmpty)
            {
                Window = WindowAt(at, frontier);
                return Verdict.Illegal;
            }

            _open.Remove(operation);
            frontier = next;
        }

        return Verdict.Ok;
    }

    /// <summary>The configurations that hold <paramref name="returning"/>, which is then forgotten; null if there are too many.</summary>
    private Frontier<TState>? TryAdvance(Frontier<TState> frontier, int returning, CancellationToken cancellation)
    {
        var seen = new Frontier<TState>(_alike);
        var left = new Frontier<TState>(_alike);
        var work = new Stack<(Configuration<TState> At, Configuration<TState>? BeforeOptional)>();
        foreach (var start in frontier.All.Select(Settle).Where(seen.TryAdd))
        {
            work.Push((start, null));
        }

        var stateBytes = 0L;
        while (work.TryPop(out var item))
        {
            var (configuration, beforeOptional) = item;
            if (configuration.Holds(returning))
            {
                left.TryAdd(configuration.Without(returning));
                continue;
            }

            stateBytes += model.SizeOf(configuration.State);
            if (seen.Added > maxConfigurations || stateBytes > MaxStateBytes || cancellation.IsCancellationRequested)
            {
                return null;
            }

            foreach (var candidate in _open)
            {
                if (TryTake(configuration, beforeOptional, candidate) is { } next && Settle(next) is var settled && seen.TryAdd(settled))
                {
                    // An operation that settled after an optional one may have needed it.
                    var makesNoDifferenceYet = !operations[candidate].MustHappen && ReferenceEquals(next, settled);
                    work.Push((settled, makesNoDifferenceYet ? configuration : null));
                }
            }
        }

        return left;
    }

    /// <summary>Takes every open operation that fits the state and never changes one: it is as good here as at any later place.</summary>
    private Configuration<TState> Settle(Configuration<TState> configuration)
    {
        foreach (var at in _open)
        {
            if (_isForced[at] && !configuration.Holds(at))
            {
                Steps++;
                configuration = model.TryStep(configuration.State, operations[at].Input, operations[at].Outcome, out var same)
                    ? configuration.WithMandatory(at, same)
                    : configuration;
            }
        }

        return configuration;
    }

    private Configuration<TState>? TryTake(Configuration<TState> configuration, Configuration<TState>? beforeOptional, int at)
    {
        var operation = operations[at];
        if (configuration.Holds(at) || (_equalBefore[at] >= 0 && !configuration.Holds(_equalBefore[at])))
        {
            return null;
        }

        Steps++;
        if (!model.TryStep(configuration.State, operation.Input, operation.Outcome, out var next)
            || (beforeOptional is not null
                && model.TryStep(beforeOptional.State, operation.Input, operation.Outcome, out var without)
                && model.States.Equals(without, next)))
        {
            return null;
        }

        return operation.MustHappen ? configuration.WithMandatory(at, next)
            : model.States.Equals(configuration.State, next) ? null
            : configuration.WithOptional(at, next);
    }

    private FailingWindow<TState, TInput, TOutput> WindowAt(int failure, Frontier<TState> frontier)
    {
        IEnumerable<Operation<TInput, TOutput>> Taken(Configuration<TState> configuration) =>
            configuration.Mandatory.Concat(configuration.Optional).Order().Select(o => operations[o]);
        return new FailingWindow<TState, TInput, TOutput>
        {
            Operations = [.. _open.Order().Select(o => operations[o])],
            Culprit = operations[_events[failure].Operation],
            Starts = [.. frontier.All.Select(c => new WindowStart<TState, TInput, TOutput>(c.State, [.. Taken(c)]))],
            Before = [.. _events.Take(failure).Where(e => e.IsReturn).Select(e => operations[e.Operation]).TakeLast(ShownBefore)],
        };
    }
}
