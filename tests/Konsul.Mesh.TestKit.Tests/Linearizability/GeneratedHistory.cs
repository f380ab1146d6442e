using Konsul.Mesh.TestKit.Linearizability;
using Konsul.Mesh.TestKit.Linearizability.Models;

namespace Konsul.Mesh.TestKit.Tests.Linearizability;

/// <summary>Histories made of numbers that FsCheck draws: the n-th operation is decoded from the n-th number.</summary>
internal static class GeneratedHistory
{
    private const long Slot = 1000;

    /// <summary>
    /// A history that is linearizable because it was executed: operation n takes effect at n slots, its interval reaches out from there
    /// over a few of its neighbours. Every write has a value of its own, and one operation in eight loses its answer.
    /// </summary>
    public static Operation<RegisterInput, RegisterOutput>[] Executed(IReadOnlyList<int> numbers)
    {
        long? state = null;
        return [.. numbers.Index().Select(n =>
        {
            var (at, number) = n;
            var digits = new Digits(number);
            var input = digits.Next(4) switch
            {
                0 => RegisterInput.Write(at),
                1 => RegisterInput.CompareAndSet(digits.Next(2) == 0 ? state : -1, at),
                _ => RegisterInput.Read(),
            };
            var swaps = input.Action == RegisterAction.CompareAndSet && input.Expected == state;
            var output = input.Action switch
            {
                RegisterAction.Read => RegisterOutput.Read(state),
                RegisterAction.CompareAndSet => RegisterOutput.CompareAndSet(swaps),
                _ => RegisterOutput.Written,
            };
            var answerIsLost = digits.Next(8) == 0;
            var happens = !answerIsLost || digits.Next(2) == 0;
            state = happens && (swaps || input.Action == RegisterAction.Write) ? input.Value : state;
            var call = (at * Slot) - digits.Next(4000);
            return answerIsLost
                ? new Operation<RegisterInput, RegisterOutput>(at, input, call)
                : new Operation<RegisterInput, RegisterOutput>(at, input, call, output, (at * Slot) + digits.Next(4000));
        })];
    }

    /// <summary>A small history with any results and any intervals; few values, so that about half of them are legal.</summary>
    public static Operation<RegisterInput, RegisterOutput>[] Arbitrary(IReadOnlyList<int> numbers) =>
    [
        .. numbers.Index().Select(n =>
        {
            var (at, number) = n;
            var digits = new Digits(number);
            var input = digits.Next(3) switch
            {
                0 => RegisterInput.Write(digits.Next(2)),
                1 => RegisterInput.CompareAndSet(digits.Next(2), digits.Next(2)),
                _ => RegisterInput.Read(),
            };
            var output = input.Action switch
            {
                RegisterAction.Read => RegisterOutput.Read(digits.Next(3) is var found && found == 2 ? null : found),
                RegisterAction.CompareAndSet => RegisterOutput.CompareAndSet(digits.Next(2) == 0),
                _ => RegisterOutput.Written,
            };

            // No two events at one instant: then "before" means the same to every reader of the history.
            var call = (digits.Next(20) * 100L) + at;
            return digits.Next(3) == 0
                ? new Operation<RegisterInput, RegisterOutput>(at, input, call)
                : new Operation<RegisterInput, RegisterOutput>(at, input, call, output, call + (digits.Next(8) * 100L) + 50);
        }),
    ];

    /// <summary>Draws small numbers from a large one.</summary>
    private sealed class Digits(int seed)
    {
        private ulong _rest = (ulong)(uint)seed * 0x9e3779b97f4a7c15 ^ 0x5851f42d4c957f2d;

        public int Next(int below)
        {
            _rest = (_rest * 6364136223846793005) + 1442695040888963407;
            return (int)((_rest >> 33) % (ulong)below);
        }
    }
}
