using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.State;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Events;
using Konsul.Mesh.Telemetry.Families;

namespace Konsul.Mesh.Server.Cluster;

/// <summary>
/// The state and the only way to change it. Reads take <see cref="View"/>; a write is proposed to the log and answered once it is durable
/// and applied, so a client that has its answer reads its own write.
/// </summary>
internal sealed class ReplicatedState(StateStore store, string nodeName, LogMetrics metrics, TimeProvider time)
{
    private volatile IReplicatedLog _log = PendingLog.Instance;

    /// <summary>Consul's words, which clients look for.</summary>
    public const string NoLeader = "No cluster leader";

    /// <summary>The catalog node that this server is.</summary>
    public string NodeName { get; } = nodeName;

    public StateView View => Store.View;

    public StateStore Store { get; } = store;

    /// <summary>One that refuses everything until the real one is attached.</summary>
    public IReplicatedLog Log => _log;

    /// <summary>Whether the state is that of a log; before, there is nothing to read.</summary>
    public bool HasLog => _log is not PendingLog;

    /// <summary>Null for a log in etcd, and before there is a log.</summary>
    public IConsensus? Consensus { get; private set; }

    public void Attach(IReplicatedLog log, IConsensus? consensus) => (Consensus, _log) = (consensus, log);

    /// <summary>Raised on the log's loop; must return at once.</summary>
    public event Action<StateChange>? Changed
    {
        add => Store.Changed += value;
        remove => Store.Changed -= value;
    }

    public StateWatch Watch(params IEnumerable<Topic> topics) => Store.Watch(topics);

    /// <summary>The node that registrations of this server's agent API go to.</summary>
    public Node OwnNode => View.Catalog.Node(NodeName) ?? new Node { Name = NodeName, Address = "127.0.0.1" };

    /// <summary>Proposes and waits. A refusal by the log or by the state's rules becomes the answer's status and text.</summary>
    public async Task<ApplyResult> ProposeAsync(Command command, CancellationToken cancellationToken)
    {
        var result = await TryProposeAsync(command, cancellationToken).ConfigureAwait(false);
        return result.Success ? result : throw Refused(result);
    }

    /// <summary>Proposes and waits; a refusal by the state's rules is a result, one by the log an exception.</summary>
    public async Task<ApplyResult> TryProposeAsync(Command command, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        try
        {
            var committed = await Log.ProposeAsync(CommandCodec.Encode(command), cancellationToken).ConfigureAwait(false);
            metrics.ProposalDuration.Record(time.GetElapsedTime(started));
            return (ApplyResult)committed.Result!;
        }
        catch (ProposalRefusedException e)
        {
            metrics.Refused(ReasonOf(e.Refusal)).Increment();
            throw e.Refusal == ProposalRefusal.TooLarge ? new ApiException(413, e.Message)
                : e.Refusal == ProposalRefusal.Overloaded ? new ApiException(
                    503, "rate limit exceeded for operation that can only be performed by the leader, try again later")
                : ApiException.Failed(e.Refusal == ProposalRefusal.NoLeader ? NoLeader : e.Message);
        }
        catch (TimeoutException e)
        {
            metrics.Refused("unknown").Increment();
            throw ApiException.Failed(e.Message);
        }
        catch (LogStoppedException)
        {
            metrics.Refused("stopped").Increment();
            throw ApiException.Failed($"{NoLeader}: the log of this server has stopped, the write may or may not happen");
        }
    }

    /// <summary>Waits until this server has everything that any server has acknowledged before; reads after it are linearizable.</summary>
    public async Task BarrierAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Log.ReadBarrierAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw ApiException.Failed(e.Message);
        }
        catch (Exception e) when (e is ProposalRefusedException or LogStoppedException)
        {
            throw ApiException.Failed(NoLeader);
        }
    }

    private static string ReasonOf(ProposalRefusal refusal) => refusal switch
    {
        ProposalRefusal.TooLarge => "too_large",
        ProposalRefusal.Overloaded => "overloaded",
        ProposalRefusal.DiskFull => "disk_full",
        ProposalRefusal.NoLeader => "no_leader",
        _ => "unavailable",
    };

    private static ApiException Refused(ApplyResult result) => result.Failure switch
    {
        ApplyFailure.Invalid => ApiException.BadRequest(result.Reason),
        ApplyFailure.NotFound => ApiException.NotFound(result.Reason),
        ApplyFailure.Conflict => new ApiException(409, result.Reason),
        _ => ApiException.Failed(result.Reason),
    };
}
