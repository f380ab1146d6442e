using System.Globalization;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Simulation.Engine;
using Konsul.Mesh.Simulation.Faults;

namespace Konsul.Mesh.Simulation;

/// <summary>
/// Konsul.Mesh.Simulation [--seeds N] [--from S] [--seed S [--trace]] [--threads N] [--without RULE] [--plan NAME] [--stop]: runs seeds, says how fast, and of each
/// that fails how it ended and how to run it again. Exit code 0 when all went well, 1 when not, 64 for wrong arguments.
/// </summary>
internal sealed class SimulationProgram(TextWriter output, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly long[] _counts = new long[Enum.GetValues<Happening>().Length];
    private readonly long[] _messages = new long[32];
    private long _steps;
    private int _failed;
    private int _undecided;
    private ulong _next;

    private ulong _seeds = 100;
    private ulong _from = 1;
    private bool _trace;
    private int _threads = Environment.ProcessorCount;
    private bool _stopAtFirst;
    private FaultPlan? _plan;
    private RaftRules _raftRules = RaftRules.All;
    private HostRules _hostRules = HostRules.All;

    public static Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TimeProvider time)
    {
        var program = new SimulationProgram(output, time);
        return program.TryRead(arguments) is { } wrong ? program.RefuseAsync(wrong) : program.RunAsync();
    }

    private async Task<int> RefuseAsync(string wrong)
    {
        await output.WriteLineAsync($"simulation: {wrong}");
        await output.WriteLineAsync("usage: Konsul.Mesh.Simulation [--seeds N] [--from S] [--seed S [--trace]] [--threads N] [--without RULE] [--plan NAME] [--stop]");
        return 64;
    }

    /// <returns>What is wrong with them; null when nothing is.</returns>
    private string? TryRead(IReadOnlyList<string> arguments)
    {
        for (var i = 0; i < arguments.Count; i++)
        {
            if (arguments[i] is "--trace" or "--stop")
            {
                _trace |= arguments[i] == "--trace";
                _stopAtFirst |= arguments[i] == "--stop";
                continue;
            }

            if (i + 1 == arguments.Count)
            {
                return $"{arguments[i]} needs a value";
            }

            var (name, value) = (arguments[i], arguments[++i]);
            if (name == "--without")
            {
                if (Enum.TryParse<RaftRules>(value, out var raft))
                {
                    _raftRules &= ~raft;
                }
                else if (Enum.TryParse<HostRules>(value, out var host))
                {
                    _hostRules &= ~host;
                }
                else
                {
                    return $"there is no rule {value}";
                }

                continue;
            }

            if (name == "--plan")
            {
                _plan = FocusedPlans.Find(value);
                if (_plan is null)
                {
                    return $"there is no plan {value}";
                }

                continue;
            }

            if (!ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return $"{name} needs a number, not {value}";
            }

            switch (name)
            {
                case "--seeds":
                    _seeds = number;
                    break;
                case "--from":
                    _from = number;
                    break;
                case "--seed":
                    (_from, _seeds) = (number, 1);
                    break;
                case "--threads" when number is > 0 and <= 256:
                    _threads = (int)number;
                    break;
                default:
                    return $"{name} {value} is not known";
            }
        }

        return null;
    }

    private async Task<int> RunAsync()
    {
        var started = time.GetTimestamp();
        _next = _from;
        await Task.WhenAll(Enumerable.Range(0, (int)Math.Min((ulong)_threads, _seeds)).Select(_ => Task.Run(Work)));
        var seconds = Math.Max(1e-9, time.GetElapsedTime(started).TotalSeconds);
        WriteCounts();
        var ran = (long)(_next - _from);
        await output.WriteLineAsync(FormattableString.Invariant(
            $"{ran} seeds from {_from}, {_failed} failed, {_undecided} histories undecided: {_steps} steps in {seconds:F1} s, {_steps / seconds:F0} steps/s, {_steps / Math.Max(1, ran)} steps per seed"));
        return _failed == 0 ? 0 : 1;
    }

    private void Work()
    {
        while (true)
        {
            ulong seed;
            lock (_lock)
            {
                if (_next == _from + _seeds || (_stopAtFirst && _failed > 0))
                {
                    return;
                }

                seed = _next++;
            }

            Take(Simulator.Run(new SimulationOptions { Seed = seed, Plan = _plan, RaftRules = _raftRules, HostRules = _hostRules, FullTrace = _trace ? output : null }));
        }
    }

    private void Take(SimulationResult result)
    {
        lock (_lock)
        {
            for (var i = 0; i < _counts.Length; i++)
            {
                _counts[i] += result.Counts[i];
            }

            for (var i = 0; i < _messages.Length; i++)
            {
                _messages[i] += result.Messages[i];
            }

            _steps += result.Steps;
            _undecided += result.Verdict.StartsWith("Unknown", StringComparison.Ordinal) ? 1 : 0;
            if (!result.IsOk)
            {
                _failed++;
                WriteFailure(result);
            }
            else if (_seeds == 1)
            {
                output.WriteLine($"seed {result.Seed}: ok, {result.Steps} steps, {result.Verdict}, hash {result.Hash:x16}");
            }
        }
    }

    private void WriteFailure(SimulationResult result)
    {
        if (!_trace)
        {
            foreach (var line in result.LastEvents)
            {
                output.WriteLine(line);
            }
        }

        output.WriteLine($"seed {result.Seed} FAILED after {result.Steps} steps: {result.Violation!.Message}");
        output.WriteLine($"again: make sim SEED={result.Seed}, with every event: make sim SEED={result.Seed} TRACE=1");
        output.WriteLine();
    }

    private void WriteCounts()
    {
        var counts = Enum.GetValues<Happening>().Select(h => $"{h} {_counts[(int)h]}");
        var messages = Enum.GetValues<MessageType>().Where(m => _messages[(int)m] > 0).Select(m => $"{m} {_messages[(int)m]}");
        output.WriteLine($"happened: {string.Join(", ", counts)}");
        output.WriteLine($"arrived: {string.Join(", ", messages)}");
    }
}
