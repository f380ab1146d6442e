namespace Konsul.Mesh.Bench.Pairs;

/// <summary>Makes a pair by its name, or says in one sentence why it cannot.</summary>
internal static class PairStarter
{
    public static string? WhyNot(string pair, BenchOptions options)
    {
        var program = pair.Split('-')[0];
        return program == "konsul" ? WhyNotKonsul(options)
            : options.HasProgram(program) ? null
            : $"{program} is not installed";
    }

    public static string? WhyNotKonsul(BenchOptions options) =>
        new[] { "konsul-server", "konsul-proxy" }.Select(p => Path.Combine(options.KonsulBin, p)).FirstOrDefault(p => !File.Exists(p)) is { } absent
            ? $"{absent} is absent; `make dist` makes it"
            : null;

    public static async Task<ProxyPair> StartAsync(string pair, BenchOptions options, PairSetup setup, CancellationToken cancel) => pair switch
    {
        "konsul" => await KonsulPair.StartAsync(options.KonsulBin, setup.For(pair), null, cancel),
        "haproxy-h2" => HaProxyPair.Start(setup.For(pair), h2: true),
        "haproxy-h1" => HaProxyPair.Start(setup.For(pair), h2: false),
        "nginx-h1" => NginxPair.Start(setup.For(pair)),
        "caddy-h2" => CaddyPair.Start(setup.For(pair)),
        _ => throw new BenchException($"unknown pair {pair}", 64),
    };
}
