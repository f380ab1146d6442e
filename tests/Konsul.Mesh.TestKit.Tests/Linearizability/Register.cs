using Konsul.Mesh.TestKit.Linearizability;
using Konsul.Mesh.TestKit.Linearizability.Models;

namespace Konsul.Mesh.TestKit.Tests.Linearizability;

/// <summary>Short words for histories of one register.</summary>
internal static class Register
{
    public static readonly RegisterModel Sequential = new();

    public static Operation<RegisterInput, RegisterOutput> Read(long call, long end, long? found) =>
        new(0, RegisterInput.Read(), call, RegisterOutput.Read(found), end);

    public static Operation<RegisterInput, RegisterOutput> Write(long call, long end, long value) =>
        new(1, RegisterInput.Write(value), call, RegisterOutput.Written, end);

    public static Operation<RegisterInput, RegisterOutput> Cas(long call, long end, long? expected, long value, bool swapped) =>
        new(2, RegisterInput.CompareAndSet(expected, value), call, RegisterOutput.CompareAndSet(swapped), end);

    public static Operation<RegisterInput, RegisterOutput> Unknown(long call, RegisterInput input) => new(3, input, call);

    public static CheckResult<long?, RegisterInput, RegisterOutput> Check(params Operation<RegisterInput, RegisterOutput>[] history) =>
        LinearizabilityChecker.Check(Sequential, history);
}
