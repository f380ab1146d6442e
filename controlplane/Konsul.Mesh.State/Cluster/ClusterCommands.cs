using System.Security.Cryptography;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Events;
using Konsul.Mesh.State.Snapshots;

namespace Konsul.Mesh.State.Cluster;

/// <summary>What the commands about servers and about a restored snapshot mean.</summary>
internal static class ClusterCommands
{
    /// <summary>Bytes that pieces of an unfinished restore may hold together: 8 GiB.</summary>
    private const long MaxStaged = 8L * 1024 * 1024 * 1024;

    public static ApplyResult Apply(StateDraft draft, RegisterServer command)
    {
        var server = command.Server;
        if (server.Id.Length == 0 || server.Name.Length == 0 || server.RaftAddress.Length == 0)
        {
            return ApplyResult.Fail(ApplyFailure.Invalid, "A server needs an id, a name and a raft address.");
        }

        if (draft.Cluster.Removed.ContainsKey(server.Id))
        {
            return ApplyResult.Fail(ApplyFailure.Conflict, $"Server {server.Id} was removed from the cluster; it needs an empty data directory to come back as a new one.");
        }

        if (draft.Cluster.Servers.GetValueOrDefault(server.Id) == server)
        {
            return new ApplyResult();
        }

        draft.Cluster = draft.Cluster with { Servers = draft.Cluster.Servers.Set(server.Id, server), Index = draft.Index };
        draft.Topics.Add(Topic.Servers);
        return new ApplyResult();
    }

    public static ApplyResult Apply(StateDraft draft, RemoveServer command)
    {
        if (command.Id.Length == 0 || draft.Cluster.Removed.ContainsKey(command.Id))
        {
            return new ApplyResult();
        }

        var removed = command.MayReturn ? draft.Cluster.Removed : draft.Cluster.Removed.Set(command.Id, true);
        draft.Cluster = draft.Cluster with { Servers = draft.Cluster.Servers.Remove(command.Id), Removed = removed, Index = draft.Index };
        draft.Topics.Add(Topic.Servers);
        return new ApplyResult();
    }

    public static ApplyResult Apply(StateDraft draft, SetAutopilot command)
    {
        var (old, config) = (draft.Cluster.Autopilot, command.Config);
        if (command.Cas is { } cas && cas != old.ModifyIndex)
        {
            return new ApplyResult { CasHeld = false };
        }

        if (config.LastContactThreshold <= TimeSpan.Zero || config.ServerStabilizationTime < TimeSpan.Zero)
        {
            return ApplyResult.Fail(ApplyFailure.Invalid, "LastContactThreshold must be above 0, ServerStabilizationTime not below.");
        }

        config = config with { CreateIndex = old.CreateIndex == 0 ? draft.Index : old.CreateIndex, ModifyIndex = draft.Index };
        draft.Cluster = draft.Cluster with { Autopilot = config, Index = draft.Index };
        draft.Topics.Add(Topic.Servers);
        return new ApplyResult();
    }

    /// <summary>The first piece of another upload takes the place of what was staged before: one restore at a time, the newest.</summary>
    public static ApplyResult Apply(StateDraft draft, StagePiece command)
    {
        var staged = draft.Cluster.Staged;
        if (command.Number == 0)
        {
            staged = ClusterTables.Empty.Staged;
        }
        else if (!staged.TryGetValue(StagedPiece.KeyOf(command.Number - 1), out var before) || before.Upload != command.Upload)
        {
            return ApplyResult.Fail(ApplyFailure.Conflict, $"Piece {command.Number} does not follow what is there: another restore has begun.");
        }

        if (command.Upload.Length == 0 || staged.Sum(p => (long)p.Value.Bytes.Length) + command.Bytes.Length > MaxStaged)
        {
            return ApplyResult.Fail(ApplyFailure.Invalid, "The piece has no upload, or the snapshot is too large.");
        }

        var piece = new StagedPiece(command.Upload, command.Number, command.Bytes);
        draft.Cluster = draft.Cluster with { Staged = staged.Set(piece.Key, piece), Index = draft.Index };
        draft.Topics.Add(Topic.Servers);
        return new ApplyResult();
    }

    /// <summary>Replaces everything but the servers. Indexes go on upwards: clients hold the old ones.</summary>
    public static ApplyResult Apply(StateDraft draft, RestoreStaged command)
    {
        var pieces = draft.Cluster.Staged.Select(p => p.Value).ToList();
        if (pieces.Count != command.Pieces || pieces.Exists(p => p.Upload != command.Upload))
        {
            return ApplyResult.Fail(ApplyFailure.Conflict, "The pieces of this restore are not all there: another one has begun.");
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        pieces.ForEach(p => hash.AppendData(p.Bytes.Span));
        if (!string.Equals(Convert.ToHexStringLower(hash.GetHashAndReset()), command.Sha256, StringComparison.Ordinal))
        {
            return ApplyResult.Fail(ApplyFailure.Invalid, "The snapshot's hash does not match what was sent.");
        }

        StateView restored;
        try
        {
            using var stream = new PieceStream(pieces);
            restored = SnapshotReader.Read(stream);
        }
        catch (SnapshotDamagedException e)
        {
            return ApplyResult.Fail(ApplyFailure.Invalid, e.Message);
        }

        draft.Replace(restored);
        return new ApplyResult();
    }
}
