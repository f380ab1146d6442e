using System.CommandLine;
using System.Text;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Ca;

internal static class CaRootsCommand
{
    private static readonly Option<bool> Pem = new("--pem") { Description = "Print the certificates instead, the active one first" };

    public static Command Create(CliEnvironment environment) =>
        new Command("roots", "Show the root certificates that the mesh trusts") { Pem }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var answer = (await run.Api.GetAsync("/v1/connect/ca/roots", run.Cancellation)).Object();
        var roots = answer.Items("Roots").OrderByDescending(r => r.IsTrue("Active")).ThenBy(r => r.Text("ID"), StringComparer.Ordinal).ToArray();
        return new CommandResult
        {
            Data = answer,
            Raw = run.Value(Pem)
                ? Encoding.UTF8.GetBytes(string.Concat(roots.Select(r => r.Text("RootCert").TrimEnd() + "\n")))
                : default(ReadOnlyMemory<byte>?),
            Table = TableView.Of(
                ["ID", "NAME", "ACTIVE", "EXPIRES", "KEY", "TRUST DOMAIN+", "SERIAL+"],
                roots.Select(r => new[]
                {
                    r.Text("ID"), r.Text("Name"), r.IsTrue("Active") ? "yes" : "no", r.Text("NotAfter"),
                    $"{r.Text("PrivateKeyType")}-{r.Text("PrivateKeyBits")}".Trim('-'), answer.Text("TrustDomain"), r.Text("SerialNumber"),
                })),
            Names = [.. roots.Select(r => r.Text("ID"))],
        };
    }
}
