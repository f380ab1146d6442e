namespace Konsul.Mesh.TestKit.Processes;

/// <summary>Where the programs under test are: <c>dist/bin</c> of this checkout (made by <c>make dist</c>), or the folder named by KONSUL_DIST.</summary>
public static class Programs
{
    public static string Root { get; } = FindRoot();

    public static string Server => Dist("konsul-server");

    public static string Proxy => Dist("konsul-proxy");

    public static string Ctl => Dist("konsulctl");

    /// <summary>A tool of the machine, or null where it is not installed.</summary>
    public static string? Find(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Append("/usr/sbin")
            .Select(folder => Path.Combine(folder, tool))
            .FirstOrDefault(File.Exists);

    private static string Dist(string program)
    {
        var folder = Environment.GetEnvironmentVariable("KONSUL_DIST") ?? Path.Combine(Root, "dist", "bin");
        var path = Path.Combine(folder, program);
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is not there; run \"make dist\" first.");
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Konsul.Mesh.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("Konsul.Mesh.sln is in no folder above the running assembly.");
    }
}
