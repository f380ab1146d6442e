using System.Globalization;

namespace Konsul.Mesh.TestKit.Linearizability.Models;

/// <summary>One register that holds a number or, at first, nothing: read, write, compare-and-set.</summary>
public sealed class RegisterModel : ISequentialModel<long?, RegisterInput, RegisterOutput>
{
    public long? Initial => null;

    public bool TryStep(long? state, RegisterInput input, in Outcome<RegisterOutput> outcome, out long? next)
    {
        switch (input.Action)
        {
            case RegisterAction.Read:
                next = state;
                return !outcome.IsKnown || outcome.Value.Value == state;
            case RegisterAction.Write:
                next = input.Value;
                return true;
            case RegisterAction.CompareAndSet:
                var swaps = state == input.Expected;
                next = swaps ? input.Value : state;
                return !outcome.IsKnown || outcome.Value.Swapped == swaps;
            default:
                throw new ArgumentOutOfRangeException(nameof(input), input.Action, "No such action.");
        }
    }

    public bool IsReadOnly(RegisterInput input, in Outcome<RegisterOutput> outcome) =>
        input.Action == RegisterAction.Read || (input.Action == RegisterAction.CompareAndSet && outcome.IsKnown && !outcome.Value.Swapped);

    public string Describe(RegisterInput input, in Outcome<RegisterOutput> outcome) => input.Action switch
    {
        RegisterAction.Read => $"read() -> {(outcome.IsKnown ? DescribeState(outcome.Value.Value) : "unknown")}",
        RegisterAction.Write => $"write({DescribeState(input.Value)}) -> {(outcome.IsKnown ? "ok" : "unknown")}",
        _ => $"cas({DescribeState(input.Expected)}, {DescribeState(input.Value)}) -> "
            + (!outcome.IsKnown ? "unknown" : outcome.Value.Swapped ? "ok" : "differs"),
    };

    public string DescribeState(long? state) => state?.ToString(CultureInfo.InvariantCulture) ?? "nil";
}
