namespace Konsul.Mesh.Corpus;

/// <summary>Counts over all files.</summary>
internal sealed class CorpusTotals
{
    private readonly Dictionary<CaseOutcome, int> _files = [];
    private int _passed;
    private int _failed;
    private int _unsupported;
    private (string Path, TimeSpan Took) _slowest = ("", TimeSpan.Zero);

    /// <summary>True if a case was run and none failed. A directory without cases is more likely a mistyped one.</summary>
    public bool NothingFailed => Count(CaseOutcome.Fail) == 0 && _files.Any(f => f.Key != CaseOutcome.NotACase && f.Value > 0);

    /// <param name="path">The file.</param>
    /// <param name="result">Null if it is not a case.</param>
    /// <param name="took">How long it took.</param>
    public void Add(string path, CaseResult? result, TimeSpan took)
    {
        var outcome = result?.Outcome ?? CaseOutcome.NotACase;
        _files[outcome] = Count(outcome) + 1;
        _passed += result?.Passed ?? 0;
        _failed += result?.Failed ?? 0;
        _unsupported += result?.Unsupported ?? 0;
        if (took > _slowest.Took)
        {
            _slowest = (path, took);
        }
    }

    public IEnumerable<string> Lines()
    {
        yield return $"{_files.Values.Sum()} files: {Count(CaseOutcome.Pass)} pass, {Count(CaseOutcome.Fail)} fail, "
            + $"{Count(CaseOutcome.Unsupported)} unsupported, {Count(CaseOutcome.Found)} found without an expectation, "
            + $"{Count(CaseOutcome.NotACase)} not a case";
        yield return $"checks: {_passed} passed, {_failed} failed, {_unsupported} unsupported";
        if (_slowest.Path.Length > 0)
        {
            yield return $"slowest: {_slowest.Path}, {_slowest.Took.TotalMilliseconds:0} ms";
        }
    }

    private int Count(CaseOutcome outcome) => _files.GetValueOrDefault(outcome);
}
