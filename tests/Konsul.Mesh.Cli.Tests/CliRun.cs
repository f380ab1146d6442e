using System.Text;

namespace Konsul.Mesh.Cli.Tests;

/// <summary>What one run of konsulctl left behind.</summary>
internal sealed record CliRun(int Code, string Out, string Error)
{
    public static async Task<CliRun> OfAsync(
        string[] arguments, Dictionary<string, string>? variables = null, string input = "", int? width = null)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        var environment = new CliEnvironment(
            variables ?? [], new MemoryStream(Encoding.UTF8.GetBytes(input)), output, error, width);
        var code = await KonsulCtl.RunAsync(arguments, environment);
        return new CliRun(code, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }
}
