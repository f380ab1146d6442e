using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace Konsul.Mesh.Server.Tests.Fuzz;

/// <summary>How many inputs each property is tried with: 1,000 among the tests, KONSUL_FUZZ=1000000 by hand (make fuzz).</summary>
internal static class FuzzRuns
{
    public static Config Config { get; } = Config.QuickThrowOnFailure.WithMaxTest(
        int.TryParse(Environment.GetEnvironmentVariable("KONSUL_FUZZ"), NumberStyles.None, CultureInfo.InvariantCulture, out var runs) ? runs : 1000);

    /// <summary>Texts out of fragments that mean something to the parser, now and then anything.</summary>
    public static Arbitrary<string> TextOf(params string[] fragments)
    {
        var any = ArbMap.Default.GeneratorFor<string>().Select(s => s ?? "");
        var piece = Gen.Frequency((8, Gen.Elements(fragments)), (1, any), (1, Gen.Choose(0, 0x2100).Select(i => ((char)i).ToString())));
        return Gen.Sized(size => Gen.Choose(0, Math.Max(1, size / 4)).SelectMany(n => piece.ListOf(n)).Select(p => string.Concat(p))).ToArbitrary();
    }
}
