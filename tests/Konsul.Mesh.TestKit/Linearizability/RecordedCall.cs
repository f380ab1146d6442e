namespace Konsul.Mesh.TestKit.Linearizability;

/// <summary>An operation on its way. End it at most once, by one of three ways; not ended, it counts as unknown.</summary>
public sealed class RecordedCall<TInput, TOutput>
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly int _client;
    private readonly TInput _input;
    private readonly long _call;
    private Operation<TInput, TOutput>? _operation;
    private bool _ended;

    internal RecordedCall(TimeProvider time, int client, TInput input)
    {
        _time = time;
        _client = client;
        _input = input;
        _call = time.GetTimestamp();
        _operation = new Operation<TInput, TOutput>(client, input, _call);
    }

    /// <summary>The client saw this result. Call it right after the answer has come.</summary>
    /// <exception cref="InvalidOperationException">It was ended before.</exception>
    public void End(TOutput output)
    {
        var now = _time.GetTimestamp();
        EndAs(new Operation<TInput, TOutput>(_client, _input, _call, output, now));
    }

    /// <summary>The client will never know whether it happened: a timeout, a lost connection, an answer that tells nothing.</summary>
    /// <exception cref="InvalidOperationException">It was ended before.</exception>
    public void Unknown() => EndAs(_operation);

    /// <summary>It did certainly not happen and never will: refused before it was sent, or the service said so.</summary>
    /// <exception cref="InvalidOperationException">It was ended before.</exception>
    public void DidNotHappen() => EndAs(null);

    internal Operation<TInput, TOutput>? ToOperation()
    {
        lock (_lock)
        {
            return _operation;
        }
    }

    private void EndAs(Operation<TInput, TOutput>? operation)
    {
        lock (_lock)
        {
            if (_ended)
            {
                throw new InvalidOperationException($"The operation of client {_client} was ended before: {_input}");
            }

            _ended = true;
            _operation = operation;
        }
    }
}
