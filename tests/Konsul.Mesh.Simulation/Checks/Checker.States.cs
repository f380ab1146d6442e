using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Simulation.Engine;
using Konsul.Mesh.Simulation.Machine;
using Konsul.Mesh.Simulation.Servers;

namespace Konsul.Mesh.Simulation.Checks;

/// <summary>The state machines, and what clients were told.</summary>
internal sealed partial class Checker
{
    /// <summary>By index of a command: the command before it, its number, and the hash of the state behind it.</summary>
    private readonly Dictionary<ulong, (ulong Before, ulong Number, ulong Hash)> _applied = [];
    private readonly Dictionary<ulong, ulong> _indexOf = [];
    private readonly Dictionary<ulong, string> _refused = [];
    private readonly Dictionary<ulong, ulong> _acknowledged = [];

    /// <summary>The newest write that a client knows of.</summary>
    public ulong NewestAcknowledged { get; private set; }

    public void Applied(ServerRun run, ulong before, ulong index, KvCommand command, ulong hash)
    {
        Require(index > before, "I5", $"{run.Id} applies {index} behind {before}");
        Require(run.Storage.LastIndex >= index, "durable", $"{run.Id} applies {index}, its storage ends at {run.Storage.LastIndex}");
        var step = (before, command.Number, hash);
        Require(
            _applied.TryAdd(index, step) || (_applied[index].Before, _applied[index].Number) == (before, command.Number),
            "I5", $"{run.Id} applies command {command.Number} at {index} behind {before}, elsewhere {_applied[index]}");
        Require(_applied[index].Hash == hash, "I16", $"the state of {run.Id} at {index} is {hash:x}, elsewhere {_applied[index].Hash:x}");
        Require(
            _indexOf.TryAdd(command.Number, index) || _indexOf[command.Number] == index,
            "once", $"command {command.Number} is applied at {index} and at {_indexOf[command.Number]}");
        Require(
            !_refused.TryGetValue(command.Number, out var reason),
            "refused", $"command {command.Number} is applied at {index}, its client was told: {reason}");
    }

    public void Restored(ServerRun run, ulong index, ulong hash)
    {
        world.Trace.Note(Happening.SnapshotRestored, run.Id, index);
        Require(
            index == 0 || (_applied.TryGetValue(index, out var state) && state.Hash == hash),
            "I16", $"the state that {run.Id} restores for {index} is {hash:x}, nobody had that");
    }

    public void Acknowledged(ulong number, Committed committed)
    {
        Require(
            _indexOf.TryGetValue(number, out var index) && index == committed.Index,
            "acknowledged", $"command {number} is acknowledged at {committed.Index}, applied at {index}");
        _acknowledged[number] = index;
        NewestAcknowledged = Math.Max(NewestAcknowledged, index);
    }

    public void Refused(ulong number, string reason)
    {
        Require(!_indexOf.TryGetValue(number, out var index), "refused", $"command {number} was applied at {index}, its client is told: {reason}");
        _refused[number] = reason;
    }

    public void ReadAnswered(ulong atLeast, ulong index, ServerRun run)
    {
        Require(index >= atLeast, "I13", $"a read at {run.Id} sees {index}, {atLeast} was acknowledged before it began");
        Require(
            run.Machine.Index >= atLeast,
            "I13", $"a read at {run.Id} finds the state of {run.Machine.Index}, {atLeast} was acknowledged before it began");
    }

    /// <summary>At the end: what was acknowledged is in the state of everybody.</summary>
    public void Final(IReadOnlyList<ServerRun> members)
    {
        foreach (var run in members)
        {
            Require(
                run.Machine.Index >= NewestAcknowledged,
                "acknowledged", $"{run.Id} ends at {run.Machine.Index}, {NewestAcknowledged} was acknowledged");
            Require(
                run.Machine.Hash == members[0].Machine.Hash && run.Machine.Index == members[0].Machine.Index,
                "I16", $"{run.Id} ends with {run.Machine.Index} {run.Machine.Hash:x}, {members[0].Id} with {members[0].Machine.Index} {members[0].Machine.Hash:x}");
        }
    }
}
