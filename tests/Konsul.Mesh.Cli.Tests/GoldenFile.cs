using System.Runtime.CompilerServices;

namespace Konsul.Mesh.Cli.Tests;

/// <summary>Compares with a file beside the tests; KONSUL_UPDATE_GOLDEN=1 rewrites it.</summary>
internal static class GoldenFile
{
    public static void Check(string name, string actual, [CallerFilePath] string caller = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(caller)!, "Golden", name);
        if (Environment.GetEnvironmentVariable("KONSUL_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, actual);
        }

        Assert.True(File.Exists(path), $"{path} does not exist; run once with KONSUL_UPDATE_GOLDEN=1.");
        Assert.Equal(File.ReadAllText(path), actual);
    }
}
