namespace Konsul.Mesh.TestKit.Linearizability;

/// <summary>One of the situations that the operations before a failing window can leave.</summary>
/// <param name="State">The state.</param>
/// <param name="Taken">Operations of the window that have already taken effect in <paramref name="State"/>.</param>
public sealed record WindowStart<TState, TInput, TOutput>(TState State, IReadOnlyList<Operation<TInput, TOutput>> Taken);
