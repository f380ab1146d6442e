using System.Globalization;
using System.Text;

namespace Konsul.Mesh.TestKit.Linearizability;

/// <summary>Writes a result for people; long lists and long values are cut.</summary>
internal sealed class ResultText<TState, TInput, TOutput>(ISequentialModel<TState, TInput, TOutput> model)
{
    private const int MaxLines = 12;
    private const int MaxValue = 100;

    private readonly StringBuilder _text = new();

    public string Write(CheckResult<TState, TInput, TOutput> result)
    {
        int Count(Verdict verdict) => result.Partitions.Count(p => p.Verdict == verdict);
        Line($"{result.Verdict}: of {result.Partitions.Count} partitions {Count(Verdict.Ok)} are ok, {Count(Verdict.Illegal)} illegal, "
            + $"{Count(Verdict.Unknown)} undecided");

        // Once something is proven illegal, what else was not decided is of no interest.
        foreach (var partition in result.Partitions.Where(p => p.Verdict != Verdict.Ok && p.Verdict == result.Verdict))
        {
            Write(partition);
        }

        return _text.ToString();
    }

    private void Write(PartitionResult<TState, TInput, TOutput> partition)
    {
        Line($"partition \"{partition.Name}\": {partition.Verdict}{(partition.Reason is null ? "" : $", {partition.Reason}")}; "
            + $"at most {partition.LongestLinearization.Count} of {partition.Operations.Count} operations could be put in order");
        if (partition.LongestLinearization.Count > 0)
        {
            Line("  the longest order ends with");
            foreach (var line in Last(partition.LongestLinearization.Select(Describe)))
            {
                Line($"    {line}");
            }
        }

        if (partition.Window is { } window)
        {
            Write(window);
        }
    }

    private void Write(FailingWindow<TState, TInput, TOutput> window)
    {
        Line($"  smallest window without a legal order: {window.Operations.Count} operations");
        if (window.Before.Count > 0)
        {
            Line("    returned before it");
            foreach (var operation in window.Before)
            {
                Line($"      {Describe(operation)}");
            }
        }

        var numbers = new Dictionary<object, int>(ReferenceEqualityComparer.Instance);
        foreach (var (at, operation) in window.Operations.Index())
        {
            numbers[operation] = at + 1;
        }

        Line($"    the state before it{(window.Starts.Count == 1 ? "" : $", {window.Starts.Count} possibilities")}");
        foreach (var line in Last(window.Starts.GroupBy(s => s.State, model.States).Select(s => DescribeStart(s, numbers))))
        {
            Line($"      {line}");
        }

        Line("    the window");
        var others = window.Operations.Where(o => !ReferenceEquals(o, window.Culprit)).Select(o => $"#{numbers[o],-3} {Describe(o)}");
        foreach (var line in Last(others).Append($"#{numbers[window.Culprit],-3} {Describe(window.Culprit)}   <-- nothing explains this"))
        {
            Line($"      {line}");
        }
    }

    private string DescribeStart(IGrouping<TState, WindowStart<TState, TInput, TOutput>> starts, Dictionary<object, int> numbers)
    {
        var always = starts.Select(s => s.Taken.Select(t => numbers[t])).Aggregate((a, b) => a.Intersect(b)).Order().Select(n => $"#{n}").ToArray();
        var ways = starts.Count() == 1 ? "" : $" ({starts.Count()} ways)";
        return $"{Cut(model.DescribeState(starts.Key))}{(always.Length == 0 ? "" : $", after {string.Join(" ", always)}")}{ways}";
    }

    private string Describe(Operation<TInput, TOutput> operation)
    {
        var end = operation.MustHappen ? operation.Return.ToString(CultureInfo.InvariantCulture) : "";
        return $"client {operation.Client,-3} [{operation.Call}..{end}]  {Cut(model.Describe(operation.Input, operation.Outcome))}";
    }

    private static IEnumerable<string> Last(IEnumerable<string> lines)
    {
        var all = lines.ToArray();
        return all.Length <= MaxLines ? all : all.TakeLast(MaxLines).Prepend($"... {all.Length - MaxLines} more");
    }

    // Both ends are kept: values that grow by appending differ at their end.
    private static string Cut(string text) =>
        text.Length <= MaxValue ? text : $"{text.AsSpan(0, MaxValue / 2)}...{text.AsSpan(text.Length - (MaxValue / 2))}";

    private void Line(string line) => _text.Append(line.TrimEnd()).Append('\n');
}
