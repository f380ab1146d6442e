using System.Globalization;

namespace Konsul.Mesh.Bench;

/// <summary>What a run measures and for how long. Everything comes from the environment, so that <c>make bench ROUNDS=1</c> works.</summary>
public sealed record BenchOptions
{
    public static readonly IReadOnlyList<string> AllPairs = ["konsul", "haproxy-h2", "haproxy-h1", "nginx-h1", "caddy-h2"];

    /// <summary>How often each pair is measured under each load; the pairs alternate within a round.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>Unmeasured load before each round of a pair.</summary>
    public TimeSpan Warmup { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The same for konsul, whose code is compiled while it warms up.</summary>
    public TimeSpan KonsulWarmup { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Measured time per load.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often each change is made when its time to effect is measured.</summary>
    public int Changes { get; init; } = 10;

    /// <summary>How often the leader is ended in each way.</summary>
    public int Kills { get; init; } = 50;

    /// <summary>The large state: keys, and bytes of each value.</summary>
    public int Keys { get; init; } = 1_000_000;

    public int ValueBytes { get; init; } = 1000;

    /// <summary>What is measured of three servers.</summary>
    public IReadOnlyList<string> Parts { get; init; } = ["comparison", "failover", "state"];

    public IReadOnlyList<string> Pairs { get; init; } = AllPairs;

    /// <summary>Instances in the catalog, and requests that are held, of one server.</summary>
    public int Instances { get; init; } = 10_000;

    public int Watchers { get; init; } = 10_000;

    /// <summary>Only the three servers.</summary>
    public bool RunCluster { get; init; }

    /// <summary>Only restoring a state, in this process.</summary>
    public bool RunRestore { get; init; }

    /// <summary>Only one server and those who ask it.</summary>
    public bool RunControl { get; init; }

    /// <summary>What is measured of one server; empty: everything.</summary>
    public IReadOnlyList<string> ControlParts { get; init; } = [];

    public bool RunPairs { get; init; } = true;

    public bool RunFigures { get; init; } = true;

    /// <summary>Folder with konsul-server and konsul-proxy.</summary>
    public string KonsulBin { get; init; } = "dist/bin";

    /// <summary>Folder with another build, to compare with; empty for none.</summary>
    public string Before { get; init; } = "";

    public string ResultsFolder { get; init; } = "bench/results";

    /// <summary>Folders in which peers are looked for.</summary>
    public IReadOnlyList<string> SearchPath { get; init; } = [];

    public bool HasProgram(string name) => SearchPath.Any(folder => File.Exists(Path.Combine(folder, name)));

    public static BenchOptions Read(IReadOnlyList<string> arguments, Func<string, string?> environment)
    {
        var what = arguments.Count == 0 ? "all" : arguments[0];
        if (arguments.Count > 1 || what is not ("all" or "pairs" or "figures" or "cluster" or "control" or "restore"))
        {
            throw new BenchException("usage: bench [all|pairs|figures|cluster|control|restore]", 64);
        }

        var defaults = new BenchOptions();
        var pairs = environment("PAIRS") is { Length: > 0 } named ? named.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries) : [.. AllPairs];
        if (pairs.FirstOrDefault(p => !AllPairs.Contains(p)) is { } unknown)
        {
            throw new BenchException($"PAIRS names '{unknown}'; known are {string.Join(", ", AllPairs)}", 64);
        }

        var warmup = Seconds("WARMUP", defaults.Warmup);
        return defaults with
        {
            Rounds = Whole("ROUNDS", defaults.Rounds),
            Warmup = warmup,
            KonsulWarmup = Seconds("KONSUL_WARMUP", environment("WARMUP") is { Length: > 0 } ? 2 * warmup : defaults.KonsulWarmup),
            Duration = Seconds("DURATION", defaults.Duration),
            Changes = Whole("CHANGES", defaults.Changes),
            Kills = Whole("KILLS", defaults.Kills),
            Keys = Whole("KEYS", defaults.Keys, 100_000_000),
            ValueBytes = Whole("VALUE_BYTES", defaults.ValueBytes, 512 * 1024),
            Parts = environment("PARTS") is { Length: > 0 } parts ? parts.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries) : defaults.Parts,
            RunRestore = what == "restore",
            Before = environment("BEFORE") ?? "",
            Instances = Whole("INSTANCES", defaults.Instances, 1_000_000),
            Watchers = Whole("WATCHERS", defaults.Watchers, 50_000),
            RunCluster = what == "cluster",
            RunControl = what == "control",
            ControlParts = environment("PARTS")?.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries) ?? [],
            Pairs = pairs,
            RunPairs = what != "figures",
            RunFigures = what != "pairs" && (what == "figures" || pairs.Contains("konsul")),
            KonsulBin = environment("KONSUL_BIN") is { Length: > 0 } bin ? bin : defaults.KonsulBin,
            ResultsFolder = environment("RESULTS") is { Length: > 0 } results ? results : defaults.ResultsFolder,
            SearchPath = (environment("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries),
        };

        int Whole(string name, int fallback, int most = 1000) => environment(name) is not { Length: > 0 } text ? fallback
            : int.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= 1 && value <= most ? value
            : throw new BenchException($"{name}={text} is not a whole number from 1 to {most}", 64);

        TimeSpan Seconds(string name, TimeSpan fallback) => TimeSpan.FromSeconds(Whole(name, (int)fallback.TotalSeconds));
    }
}
