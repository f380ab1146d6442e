namespace Konsul.Mesh.TestKit.Linearizability;

/// <summary>
/// One operation of a client. The interval is closed: an operation that returns at the instant at which another is called is concurrent
/// with it. The unit of time is the caller's; only the order counts.
/// </summary>
public sealed record Operation<TInput, TOutput>
{
    /// <summary>The <see cref="Return"/> of an operation that never returned.</summary>
    public const long Never = long.MaxValue;

    /// <summary>An operation of which the client learned nothing: it may have happened at any time since its call, or never.</summary>
    public Operation(int client, TInput input, long call)
    {
        Client = client;
        Input = input;
        Call = call;
        Return = Never;
    }

    /// <summary>An operation whose result the client saw.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It returns before it is called, or at <see cref="Never"/>.</exception>
    public Operation(int client, TInput input, long call, TOutput output, long @return)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(@return, call);
        ArgumentOutOfRangeException.ThrowIfEqual(@return, Never);
        Client = client;
        Input = input;
        Call = call;
        Outcome = new Outcome<TOutput>(output);
        Return = @return;
    }

    public int Client { get; }

    public TInput Input { get; }

    public long Call { get; }

    public Outcome<TOutput> Outcome { get; }

    public long Return { get; private init; }

    /// <summary>True if every order must hold this operation.</summary>
    public bool MustHappen => Return != Never;

    /// <summary>This operation in a history that ends before it returns: it may be left out, but if it is taken its result must fit.</summary>
    internal Operation<TInput, TOutput> Open() => this with { Return = Never };
}
