using System.Globalization;

namespace Konsul.Mesh.Bench.Processes;

/// <summary>CPU time and private memory of a process and all its descendants, from <c>/proc</c> (proc(5)).</summary>
internal static class ProcStat
{
    // USER_HZ: a constant of the kernel's interface to user space on Linux, whatever the timer frequency is.
    private const double TicksPerSecond = 100;

    /// <summary>utime + stime, in microseconds. It includes threads that have ended, and children that have ended and were waited for.</summary>
    public static double CpuMicroseconds(int pid) => Tree(pid).Sum(p =>
    {
        var fields = StatFields(p);
        return fields is null ? 0 : (Ticks(fields, 14) + Ticks(fields, 15) + Ticks(fields, 16) + Ticks(fields, 17)) / TicksPerSecond * 1e6;
    });

    /// <summary>RssAnon, in bytes: memory that belongs to the process alone and cannot be dropped.</summary>
    public static long PrivateBytes(int pid) => Tree(pid).Sum(p =>
    {
        var line = ReadLines($"/proc/{p}/status").FirstOrDefault(l => l.StartsWith("RssAnon:", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
    });

    private static List<int> Tree(int root)
    {
        var all = new List<int> { root };
        for (var i = 0; i < all.Count; i++)
        {
            var tasks = Directory.Exists($"/proc/{all[i]}/task") ? Directory.GetDirectories($"/proc/{all[i]}/task") : [];
            foreach (var task in tasks)
            {
                all.AddRange(ReadLines($"{task}/children").SelectMany(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    .Select(p => int.Parse(p, CultureInfo.InvariantCulture)));
            }
        }

        return all;
    }

    // The name in field 2 may hold spaces and brackets, so fields are counted from the last bracket; index 0 is field 3.
    private static string[]? StatFields(int pid)
    {
        var line = ReadLines($"/proc/{pid}/stat").FirstOrDefault();
        return line?[(line.LastIndexOf(')') + 2)..].Split(' ');
    }

    private static double Ticks(string[] fields, int number) => double.Parse(fields[number - 3], CultureInfo.InvariantCulture);

    private static string[] ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (IOException)
        {
            return []; // ended between listing and reading
        }
    }
}
