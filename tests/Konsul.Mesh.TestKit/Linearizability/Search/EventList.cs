namespace Konsul.Mesh.TestKit.Linearizability.Search;

/// <summary>
/// A doubly linked list of calls and returns from which operations are lifted out and put back in reverse order. An entry is an index;
/// links live in arrays, so that lifting allocates nothing.
/// </summary>
internal sealed class EventList
{
    private const int None = -1;

    private readonly int[] _next;
    private readonly int[] _previous;
    private readonly int[] _operation;
    private readonly bool[] _isReturn;
    private readonly int[] _call;
    private readonly int[] _return;

    public EventList((int Operation, bool IsReturn)[] events, int operations)
    {
        // Entry 0 is the head; the entry past the last event is the end.
        var size = events.Length + 2;
        _next = new int[size];
        _previous = new int[size];
        _operation = new int[size];
        _isReturn = new bool[size];
        _call = new int[operations];
        _return = new int[operations];
        Array.Fill(_return, None);
        End = size - 1;
        for (var entry = 0; entry < size; entry++)
        {
            _next[entry] = entry + 1;
            _previous[entry] = entry - 1;
            if (entry is 0 || entry == End)
            {
                continue;
            }

            (_operation[entry], _isReturn[entry]) = events[entry - 1];
            (_isReturn[entry] ? _return : _call)[_operation[entry]] = entry;
        }
    }

    public int End { get; }

    public int First => _next[0];

    public int Next(int entry) => _next[entry];

    public bool IsReturn(int entry) => _isReturn[entry];

    public int OperationOf(int entry) => _operation[entry];

    public int CallOf(int operation) => _call[operation];

    public void Lift(int operation)
    {
        Unlink(_call[operation]);
        if (_return[operation] != None)
        {
            Unlink(_return[operation]);
        }
    }

    /// <summary>Puts back the operation that was lifted last.</summary>
    public void Unlift(int operation)
    {
        if (_return[operation] != None)
        {
            Relink(_return[operation]);
        }

        Relink(_call[operation]);
    }

    private void Unlink(int entry)
    {
        _next[_previous[entry]] = _next[entry];
        _previous[_next[entry]] = _previous[entry];
    }

    private void Relink(int entry)
    {
        _next[_previous[entry]] = entry;
        _previous[_next[entry]] = entry;
    }
}
