using System.Diagnostics;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.Manifests.Tests;

/// <summary>Runs the checks of <c>deploy/k8s/check</c>. Its packages are installed once, when they are not there or the lock file is newer.</summary>
public sealed class ManifestChecker
{
    private static readonly TimeSpan InstallDeadline = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RunDeadline = TimeSpan.FromMinutes(1);

    private static readonly Lazy<Task<string?>> Ready = new(InstallAsync);

    public static string Manifests { get; } = Path.Combine(Programs.Root, "deploy", "k8s");

    private static string Folder { get; } = Path.Combine(Manifests, "check");

    /// <summary>Skips the test by name where node or npm is missing; fails it where the packages cannot be installed.</summary>
    public static async Task RequireAsync()
    {
        var missing = new[] { "node", "npm" }.Where(tool => Programs.Find(tool) is null).ToArray();
        Assert.SkipWhen(missing.Length > 0, $"{string.Join(" and ", missing)} missing: the manifests are not checked");
        var problem = await Ready.Value;
        Assert.True(problem is null, problem);
    }

    /// <summary>The problems found, a line each; empty when the manifests are sound.</summary>
    public static async Task<string> CheckAsync(params string[] arguments)
    {
        var (code, output, error) = await RunAsync("node", [Path.Combine(Folder, "check.mjs"), .. arguments], RunDeadline);
        Assert.True(code == (output.Length == 0 ? 0 : 1), $"exit code {code}\n{output}\n{error}");
        return output;
    }

    public static async Task<string> PrintAsync(string renderer, string folder)
    {
        var (code, output, error) = await RunAsync("node", [Path.Combine(Folder, "print.mjs"), renderer, folder], RunDeadline);
        Assert.True(code == 0, error);
        return output;
    }

    public static async Task<bool> HasKubectlAsync()
    {
        var script = $"import('{new Uri(Path.Combine(Folder, "render.mjs"))}').then(m => process.exit(m.hasKubectl() ? 0 : 1))";
        return (await RunAsync("node", ["-e", script], RunDeadline)).Code == 0;
    }

    private static async Task<string?> InstallAsync()
    {
        var installed = new FileInfo(Path.Combine(Folder, "node_modules", ".package-lock.json"));
        if (installed.Exists && installed.LastWriteTimeUtc >= File.GetLastWriteTimeUtc(Path.Combine(Folder, "package-lock.json")))
        {
            return null;
        }

        var (code, output, error) = await RunAsync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], InstallDeadline);
        return code == 0 ? null : $"npm ci failed with {code}\n{output}\n{error}";
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string file, IEnumerable<string> arguments, TimeSpan deadline)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(deadline);
        using var process = Process.Start(new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{file} did not end within {deadline}");
        }

        return (process.ExitCode, (await output).Trim(), (await error).Trim());
    }
}
