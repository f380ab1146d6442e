using System.Globalization;

namespace Konsul.Mesh.Server.Tests.Fuzz;

/// <summary>Turns numbers that FsCheck makes, and makes smaller when a test fails, into decisions. When they run out, the first is taken.</summary>
internal sealed class Choices(ushort[] numbers)
{
    private int _at;

    /// <summary>How many inputs a property is tried with: KONSUL_FUZZ_RUNS, e.g. 1000000, by hand; else a few.</summary>
    public static int Runs { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("KONSUL_FUZZ_RUNS"), CultureInfo.InvariantCulture, out var runs) ? runs : 2000;

    public int Below(int limit) => _at < numbers.Length ? numbers[_at++] % limit : 0;

    public T Of<T>(params ReadOnlySpan<T> options) => options[Below(options.Length)];

    public string Join(int most, string separator, Func<string> piece) => string.Join(separator, Enumerable.Range(0, Below(most + 1)).Select(_ => piece()));
}
