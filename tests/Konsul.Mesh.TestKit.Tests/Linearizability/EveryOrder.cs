using Konsul.Mesh.TestKit.Linearizability;

namespace Konsul.Mesh.TestKit.Tests.Linearizability;

/// <summary>The definition of linearizability, tried out: every order, no memory, no short cuts. For a handful of operations.</summary>
internal static class EveryOrder
{
    public static bool HasLegalOne<TState, TInput, TOutput>(
        ISequentialModel<TState, TInput, TOutput> model, IReadOnlyList<Operation<TInput, TOutput>> operations) =>
        HasLegalOne(model, operations, model.Initial);

    public static bool HasLegalOne<TState, TInput, TOutput>(
        ISequentialModel<TState, TInput, TOutput> model, IReadOnlyList<Operation<TInput, TOutput>> left, TState state)
    {
        if (left.All(o => !o.MustHappen))
        {
            return true;
        }

        foreach (var (at, next) in left.Index())
        {
            if (left.Any(o => o.Return < next.Call) || !model.TryStep(state, next.Input, next.Outcome, out var after))
            {
                continue;
            }

            if (HasLegalOne(model, [.. left.Take(at), .. left.Skip(at + 1)], after))
            {
                return true;
            }
        }

        return false;
    }
}
