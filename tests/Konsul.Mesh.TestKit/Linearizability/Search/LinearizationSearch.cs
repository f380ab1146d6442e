namespace Konsul.Mesh.TestKit.Linearizability.Search;

/// <summary>
/// Depth-first search for a legal order of one partition. The list holds the calls and returns of the operations that are not in the order
/// yet. Walking it from its head, every call before the first return is an operation that may come next:
///
///     at a call     can the model take it, and is the configuration new?   put it into the order, lift it, back to the head
///     at a return   its operation had to be in the order by now:           undo the last choice, go on after it
///
/// The order is complete when every operation that must happen is in it. Nothing is left to undo: there is none.
/// </summary>
internal sealed class LinearizationSearch<TState, TInput, TOutput> : IDisposable
{
    private readonly ISequentialModel<TState, TInput, TOutput> _model;
    private readonly IEqualityComparer<TState> _states;
    private readonly IReadOnlyList<Operation<TInput, TOutput>> _operations;
    private readonly EventList _list;
    private readonly LinearizedSet _taken;
    private readonly ConfigurationCache<TState> _seen;
    private readonly int[] _bit;
    private readonly int[] _equalBefore;

    // An operation that must happen and never changes anything is best taken as soon as it can be: an order that has it later is as good
    // with it here. So when it can come next there is no other choice to come back to.
    private readonly bool[] _isForced;
    private readonly List<Choice> _choices = [];
    private readonly List<int> _longest = [];

    private TState _state;
    private int _entry;
    private int _mandatoryLeft;

    // How many of the first choices are still those that are written in _longest.
    private int _unchanged;

    /// <param name="model">The model.</param>
    /// <param name="operations">The operations in the order of their calls.</param>
    /// <param name="initial">The state before the first of them.</param>
    /// <param name="budget">What may be remembered.</param>
    public LinearizationSearch(
        ISequentialModel<TState, TInput, TOutput> model, IReadOnlyList<Operation<TInput, TOutput>> operations, TState initial, CacheBudget budget)
    {
        _model = model;
        _states = model.States;
        _operations = operations;
        _state = initial;
        _list = new EventList(HistoryEvents.InOrder(operations), operations.Count);
        _entry = _list.First;
        _mandatoryLeft = operations.Count(o => o.MustHappen);
        _taken = new LinearizedSet(operations.Count - _mandatoryLeft, _mandatoryLeft);
        _seen = new ConfigurationCache<TState>(_states, model.SizeOf, budget);
        _equalBefore = OptionalOperations.EqualBefore(operations);
        _isForced = [.. operations.Select(o => o.MustHappen && model.IsReadOnly(o.Input, o.Outcome))];
        _bit = new int[operations.Count];
        var (optional, mandatory) = (0, 0);
        for (var at = 0; at < operations.Count; at++)
        {
            _bit[at] = operations[at].MustHappen ? _taken.MandatoryBit(mandatory++) : _taken.OptionalBit(optional++);
        }
    }

    private enum Move
    {
        Made,
        Refused,

        /// <summary>A return in the way, or a forced operation after which all is known to fail: so it is from here.</summary>
        Hopeless,
    }

    /// <summary>The longest legal order found, as indexes of operations; the complete one if there is one.</summary>
    public IReadOnlyList<int> Longest => _longest;

    /// <summary>How often the model was asked.</summary>
    public long Steps { get; private set; }

    /// <summary>True if Unknown was returned because the budget was used up.</summary>
    public bool IsOutOfMemory { get; private set; }

    /// <summary>Searches on from where it was stopped the last time.</summary>
    /// <returns>Unknown if it was cancelled, is out of memory, or the model has been asked <paramref name="maxSteps"/> times.</returns>
    public Verdict Run(CancellationToken cancellation, long maxSteps = long.MaxValue)
    {
        while (_mandatoryLeft > 0)
        {
            if (cancellation.IsCancellationRequested || IsOutOfMemory || Steps >= maxSteps)
            {
                KeepLongest(evenIfShorter: false);
                return Verdict.Unknown;
            }

            var move = _list.IsReturn(_entry) ? Move.Hopeless : TryTake(_list.OperationOf(_entry), _entry);
            if (move == Move.Made)
            {
                _entry = _list.First;
            }
            else if (move == Move.Refused)
            {
                _entry = _list.Next(_entry);
            }
            else if (!TryUndo(out _entry))
            {
                return Verdict.Illegal;
            }
        }

        KeepLongest(evenIfShorter: true);
        return Verdict.Ok;
    }

    /// <summary>Gives the memory back; the results stay.</summary>
    public void Dispose() => _seen.Clear();

    private Move TryTake(int at, int entry)
    {
        var operation = _operations[at];
        if (_equalBefore[at] >= 0 && !_taken.Contains(_bit[_equalBefore[at]]))
        {
            return Move.Refused;
        }

        Steps++;
        if (!_model.TryStep(_state, operation.Input, operation.Outcome, out var next))
        {
            return Move.Refused;
        }

        if ((!operation.MustHappen && _states.Equals(_state, next)) || IsSameWithoutLast(operation, next))
        {
            return Move.Refused;
        }

        _taken.Add(_bit[at]);
        var addition = _seen.TryAdd(_taken, next);
        if (addition != Addition.Added)
        {
            IsOutOfMemory = addition == Addition.OutOfMemory;
            _taken.Remove(_bit[at]);
            return _isForced[at] && !IsOutOfMemory ? Move.Hopeless : Move.Refused;
        }

        _choices.Add(new Choice(at, entry, _state, _isForced[at]));
        _list.Lift(at);
        _mandatoryLeft -= operation.MustHappen ? 1 : 0;
        _state = next;
        return Move.Made;
    }

    /// <summary>Takes back choices up to and including the last one that had an alternative; the entry after it is where to go on.</summary>
    private bool TryUndo(out int entry)
    {
        KeepLongest(evenIfShorter: false);
        while (_choices.Count > 0)
        {
            var choice = _choices[^1];
            _choices.RemoveAt(_choices.Count - 1);
            _unchanged = Math.Min(_unchanged, _choices.Count);
            _list.Unlift(choice.Operation);
            _taken.Remove(_bit[choice.Operation]);
            _mandatoryLeft += _operations[choice.Operation].MustHappen ? 1 : 0;
            _state = choice.StateBefore;
            if (!choice.IsForced)
            {
                entry = _list.Next(choice.Entry);
                return true;
            }
        }

        entry = _list.End;
        return false;
    }

    /// <summary>True if the last choice, an optional operation, makes no difference to this one: then it is tried without it.</summary>
    private bool IsSameWithoutLast(Operation<TInput, TOutput> operation, TState next)
    {
        if (_choices.Count == 0 || _operations[_choices[^1].Operation].MustHappen)
        {
            return false;
        }

        Steps++;
        return _model.TryStep(_choices[^1].StateBefore, operation.Input, operation.Outcome, out var without) && _states.Equals(without, next);
    }

    private void KeepLongest(bool evenIfShorter)
    {
        if (_choices.Count <= _longest.Count && !evenIfShorter)
        {
            return;
        }

        // Only what differs is written: a long history has many new longest orders, each a little longer than the one before.
        _longest.RemoveRange(_unchanged, _longest.Count - _unchanged);
        for (; _unchanged < _choices.Count; _unchanged++)
        {
            _longest.Add(_choices[_unchanged].Operation);
        }
    }

    private readonly record struct Choice(int Operation, int Entry, TState StateBefore, bool IsForced);
}
