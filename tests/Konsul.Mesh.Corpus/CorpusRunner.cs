namespace Konsul.Mesh.Corpus;

/// <summary>Walks directories, runs every file that a reader knows, and writes a line for each and the totals.</summary>
internal sealed class CorpusRunner(IReadOnlyList<ICorpusReader> readers, TimeProvider time, TextWriter report)
{
    private static readonly EnumerationOptions EveryFile = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = false,

        // Links could lead around in circles.
        AttributesToSkip = FileAttributes.ReparsePoint,
    };

    private readonly CorpusTotals _totals = new();

    /// <summary>Runs everything below the directories.</summary>
    /// <returns>True if a case was run and none failed.</returns>
    /// <exception cref="OperationCanceledException">Stopped by <paramref name="cancellation"/>.</exception>
    public bool Run(IEnumerable<string> directories, CancellationToken cancellation)
    {
        foreach (var directory in directories)
        {
            foreach (var path in Directory.EnumerateFiles(directory, "*", EveryFile).Order(StringComparer.Ordinal))
            {
                cancellation.ThrowIfCancellationRequested();
                var start = time.GetTimestamp();
                var (kind, result) = RunFile(path, cancellation);
                cancellation.ThrowIfCancellationRequested();
                Write(Path.GetRelativePath(directory, path), kind, result, time.GetElapsedTime(start));
            }
        }

        report.WriteLine();
        foreach (var line in _totals.Lines())
        {
            report.WriteLine(line);
        }

        return _totals.NothingFailed;
    }

    private (string? Kind, CaseResult? Result) RunFile(string path, CancellationToken cancellation)
    {
        string? kind = null;
        try
        {
            if (CorpusFile.Read(path) is not { } file)
            {
                return (null, null);
            }

            foreach (var reader in readers)
            {
                kind = reader.Kind;
                if (reader.TryRead(file) is { } found)
                {
                    return (kind, RunCase(found, cancellation));
                }
            }

            return (null, null);
        }
        catch (FormatException e)
        {
            return (kind, new CaseResult { Unsupported = 1, Summary = $"not supported: {e.Message}" });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, new CaseResult { Failed = 1, Summary = $"cannot be read: {e.Message}" });
        }
    }

    private static CaseResult RunCase(ICorpusCase found, CancellationToken cancellation)
    {
        try
        {
            return found.Run(cancellation);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            // One case that brings the code under test down must not hide the others.
            return new CaseResult { Failed = 1, Summary = $"{e.GetType().Name}: {e.Message}", Details = e.StackTrace?.Split('\n') ?? [] };
        }
    }

    private void Write(string path, string? kind, CaseResult? result, TimeSpan took)
    {
        _totals.Add(path, result, took);
        if (result is null)
        {
            report.WriteLine($"{"not a case",-11} {"",10}  {path}");
            return;
        }

        var outcome = result.Outcome.ToString().ToLowerInvariant();
        report.WriteLine(
            $"{outcome,-11} {took.TotalMilliseconds,7:0} ms  {path}  [{(kind is null ? "" : kind + ": ")}{result.Passed} passed, "
            + $"{result.Failed} failed, {result.Unsupported} unsupported]  {result.Summary}");
        foreach (var detail in result.Details)
        {
            report.WriteLine($"{"",24}{detail}");
        }
    }
}
