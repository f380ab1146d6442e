using System.Globalization;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.Demo.Steps;

internal sealed class TcpWorksToo : IDemoStep
{
    public string Claim => "a TCP service works through the mesh: redis-cli talks to web's sidecar, redis answers";

    public async Task<IReadOnlyList<string>> ProveAsync(DemoMesh mesh, CancellationToken cancellation)
    {
        if (await FindOrInstallAsync() is not { } redis)
        {
            return ["skipped: redis-server is not installed and could not be installed here"];
        }

        var port = FreePorts.Next();
        mesh.Keep(ProgramProcess.Start(
            "redis", redis.Server, ["--port", Text(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", mesh.Folder]));
        await mesh.AddSidecarAsync("redis", "redis", port, "--protocol", "tcp");

        await Eventually.HoldsAsync(
            "redis answers PING through the mesh",
            async () =>
            {
                var pong = await CliAsync(redis.Cli, mesh, "PING");
                return pong == "PONG" ? null : pong;
            },
            TimeSpan.FromSeconds(20),
            cancellation);
        var set = await CliAsync(redis.Cli, mesh, "SET", "greeting", "through two sidecars");
        var get = await CliAsync(redis.Cli, mesh, "GET", "greeting");
        StepFailedException.Unless(set == "OK" && get == "through two sidecars", $"SET: {set}, GET: {get}");
        return [$"redis-cli -p {mesh.RedisUpstreamPort} SET greeting ...: {set}", $"redis-cli -p {mesh.RedisUpstreamPort} GET greeting: {get}"];
    }

    private static async Task<(string Server, string Cli)?> FindOrInstallAsync()
    {
        if (Programs.Find("redis-server") is null && Environment.UserName == "root" && Programs.Find("apt-get") is { } apt)
        {
            await using var install = ProgramProcess.Start("apt-get", apt, ["install", "-y", "-q", "redis-server", "redis-tools"]);
            await install.WaitForExitAsync(TimeSpan.FromMinutes(5));
        }

        return Programs.Find("redis-server") is { } server && Programs.Find("redis-cli") is { } cli ? (server, cli) : null;
    }

    private static async Task<string> CliAsync(string cli, DemoMesh mesh, params string[] command)
    {
        await using var process = ProgramProcess.Start("redis-cli", cli, ["-p", Text(mesh.RedisUpstreamPort), .. command]);
        await process.WaitForExitAsync();
        return process.Output.Trim();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
