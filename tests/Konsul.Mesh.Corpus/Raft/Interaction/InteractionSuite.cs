using System.Globalization;
using System.Text;
using Konsul.Mesh.Raft;
using Konsul.Mesh.Raft.Membership;

namespace Konsul.Mesh.Corpus.Raft.Interaction;

/// <summary>The cases of several nodes: each directive is one event, and prints what the nodes do and say.</summary>
internal sealed partial class InteractionSuite : ICorpusSuite
{
    private readonly List<InteractionNode> _nodes = [];
    private readonly InteractionOutput _output = new();
    private List<Message> _messages = [];

    public string? Run(Directive d)
    {
        string? error = null;
        switch (d.Command)
        {
            case "add-nodes":
                error = AddNodes(d);
                break;
            case "campaign":
                Node(d.FirstId).Raft.Campaign();
                break;
            case "compact":
                Node(d.FirstId).Storage.Memory.Compact(d.Ids[1]);
                PrintLog(Node(d.FirstId));
                break;
            case "deliver-msgs":
                DeliverMessages(d);
                break;
            case "process-ready":
                ForEach(d.Ids, "handling Ready", ProcessReady);
                break;
            case "process-append-thread":
                ForEach(d.Ids, "processing append thread", ProcessAppend);
                break;
            case "process-apply-thread":
                ForEach(d.Ids, "processing apply thread", ProcessApply);
                break;
            case "log-level":
                error = SetLevel(d.Arguments[0].Key);
                break;
            case "raft-log":
                PrintLog(Node(d.FirstId));
                break;
            case "raft-state":
                PrintStates();
                break;
            case "set-randomized-election-timeout":
                Node(d.FirstId).Raft.SetElectionTimeout(int.Parse(d.Value("timeout")!, CultureInfo.InvariantCulture));
                break;
            case "stabilize":
                error = Stabilize(d);
                break;
            case "status":
                PrintProgress(Node(d.FirstId));
                break;
            case "tick-election":
                Tick(Node(d.FirstId), Node(d.FirstId).Options.ElectionTicks);
                break;
            case "tick-heartbeat":
                Tick(Node(d.FirstId), Node(d.FirstId).Options.HeartbeatTicks);
                break;
            case "transfer-leadership":
                Node(d.Numbers("from")[0]).Raft.TransferLeader(d.Numbers("to")[0]);
                break;
            case "forget-leader":
                Node(d.FirstId).Raft.ForgetLeader();
                break;
            case "send-snapshot":
                SendSnapshot(Node(d.Ids[0]), d.Ids[1]);
                break;
            case "propose":
                error = ErrorText(Node(d.FirstId).Raft.Propose(Encoding.UTF8.GetBytes(d.Arguments[1].Key)));
                break;
            case "propose-conf-change":
                error = ProposeConfChange(d);
                break;
            case "report-unreachable":
                Node(d.Ids[0]).Raft.ReportUnreachable(d.Ids[1]);
                break;
            default:
                return null;
        }

        return _output.Take(error);
    }

    private InteractionNode Node(ulong id) => _nodes[(int)id - 1];

    private string? SetLevel(string name) => _output.TrySetLevel(name) ? null : "no such log level";

    private string? AddNodes(Directive d)
    {
        var index = d.Numbers("index") is [var first, ..] ? first : 0;
        var members = new ConfState { Voters = d.Numbers("voters"), Learners = d.Numbers("learners") };
        var isBootstrap = index > 0 || !members.Equals(ConfState.Empty) || d.Value("content") is not null;
        if (isBootstrap && index <= 1)
        {
            return "index must be specified as > 1 due to bootstrap";
        }

        for (var i = 0UL; i < d.FirstId; i++)
        {
            var storage = new HistoryStorage();
            storage.History.Add(isBootstrap ? new Snapshot(index, 1, members) : Snapshot.None);
            if (isBootstrap)
            {
                storage.Memory.ApplySnapshot(storage.History[0]);
            }

            _nodes.Add(new InteractionNode(Options(d, (ulong)_nodes.Count + 1, storage, index), storage));
        }

        return null;
    }

    private RaftOptions Options(Directive d, ulong id, HistoryStorage storage, ulong applied) => new()
    {
        Id = id,
        Storage = storage,
        Jitter = new SeededJitter(id),
        ReadEpoch = 0,
        Trace = _output,
        Applied = applied,
        ElectionTicks = 3,
        HeartbeatTicks = 1,
        MaxSizePerMessage = ulong.MaxValue,
        MaxInflightMessages = d.Value("inflight") is { } inflight ? int.Parse(inflight, CultureInfo.InvariantCulture) : int.MaxValue,
        MaxInflightBytes = 0,
        MaxUncommittedBytes = 0,
        MaxProposalBytes = 0,
        MaxAppliedPerReady = d.Numbers("max-committed-size-per-ready") is [var size, ..] ? size : 0,
        AsyncStorageWrites = d.Value("async-storage-writes") == "true",
        PreVote = d.Value("prevote") is "true" or "1",
        CheckQuorum = d.Value("checkquorum") is "true" or "1",
        StepDownOnRemoval = d.Value("step-down-on-removal") == "true",
        ValidateConfChanges = d.Value("disable-conf-change-validation") != "true",
        // The one rule beyond etcd's that its cases can see: refusals would print a commit index.
        Rules = RaftRules.All & ~RaftRules.VoteRefusalTellsCommit,
        ReadMode = d.Value("read-only") == "lease-based" ? ReadMode.Lease : ReadMode.Quorum,
    };

    private string? ProposeConfChange(Directive d)
    {
        if (!ConfChangeText.TryParse(d.Input, out var steps, out var error))
        {
            return error;
        }

        var transition = d.Value("transition") switch
        {
            null or "auto" => ConfChangeTransition.Auto,
            "implicit" => ConfChangeTransition.JointImplicit,
            "explicit" => ConfChangeTransition.JointExplicit,
            var other => throw new FormatException($"unknown transition {other}"),
        };
        var change = new ConfChange { Transition = transition, Steps = steps };
        return ErrorText(Node(d.FirstId).Raft.ProposeConfChange(change, single: d.Value("v1") == "true"));
    }

    private void SendSnapshot(InteractionNode from, ulong to)
    {
        var message = new Message
        {
            Type = MessageType.Snap,
            Term = from.Raft.Status().HardState.Term,
            From = from.Raft.Id,
            To = to,
            Snapshot = from.Storage.Snapshot,
        };
        _messages.Add(message);
        _output.Write(InteractionText.Message(message));
    }

    private static void Tick(InteractionNode node, int ticks)
    {
        for (var i = 0; i < ticks; i++)
        {
            node.Raft.Tick();
        }
    }

    /// <summary>How the cases word what the core tells by an outcome. A refused change is no error there: its place is taken by an empty entry.</summary>
    private static string? ErrorText(StepResult result) => result.Outcome switch
    {
        StepOutcome.Ok or StepOutcome.Refused => null,
        StepOutcome.UnknownPeer => "raft: cannot step as peer not found",
        StepOutcome.LocalMessage => "raft: cannot step raft local message",
        _ when result.IsDropped => "raft proposal dropped",
        _ => $"{result.Outcome}: {result.Reason}",
    };
}
