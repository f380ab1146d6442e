using Konsul.Mesh.Model.Queries;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.ConfigEntries;
using Konsul.Mesh.State.Events;

namespace Konsul.Mesh.State.Queries;

/// <summary>What the commands about prepared queries mean.</summary>
internal static class QueryCommands
{
    public static ApplyResult Apply(StateDraft draft, SetPreparedQuery command)
    {
        var wanted = command.Query;
        if (wanted.Id.Length == 0)
        {
            return ApplyResult.Fail(ApplyFailure.Invalid, "The query has no id.");
        }

        if (wanted.Session.Length > 0 && !draft.Sessions.Sessions.ContainsKey(wanted.Session))
        {
            return ApplyResult.Fail(ApplyFailure.Invalid, $"invalid session \"{wanted.Session}\"");
        }

        var old = draft.Config.Queries.GetValueOrDefault(wanted.Id);
        if (command.UpdateOnly && old is null)
        {
            return ApplyResult.Fail(ApplyFailure.NotFound, "Query not found");
        }

        var clash = draft.Config.Queries.Select(e => e.Value).FirstOrDefault(q =>
            q.Id != wanted.Id && q.IsTemplate == wanted.IsTemplate && (wanted.Name.Length > 0 || wanted.IsTemplate)
            && string.Equals(q.Name, wanted.Name, StringComparison.OrdinalIgnoreCase));
        if (clash is not null)
        {
            return ApplyResult.Fail(
                ApplyFailure.Invalid, $"name '{wanted.Name}' aliases an existing {(wanted.IsTemplate ? "query template" : "query")} name: '{clash.Id}'");
        }

        var query = wanted with { CreateIndex = old?.CreateIndex ?? draft.Index, ModifyIndex = draft.Index };
        if (old is null || !StateDraft.Same(old, query with { ModifyIndex = old.ModifyIndex }, StateJson.Default.PreparedQuery))
        {
            draft.Config = draft.Config with { Queries = draft.Config.Queries.Set(query.Id, query) };
            Touch(draft, query.Id);
        }

        return new ApplyResult();
    }

    /// <summary>None such is no error.</summary>
    public static ApplyResult Apply(StateDraft draft, DeletePreparedQuery command)
    {
        if (draft.Config.Queries.ContainsKey(command.Id))
        {
            Remove(draft, command.Id);
        }

        return new ApplyResult();
    }

    /// <summary>Takes out the queries that are bound to a session.</summary>
    public static void SessionEnded(StateDraft draft, string session)
    {
        foreach (var query in draft.Config.Queries.Select(e => e.Value).Where(q => q.Session == session && session.Length > 0).ToList())
        {
            Remove(draft, query.Id);
        }
    }

    private static void Remove(StateDraft draft, string id)
    {
        draft.Config = draft.Config with { Queries = draft.Config.Queries.Remove(id) };
        Touch(draft, id);
    }

    private static void Touch(StateDraft draft, string id)
    {
        draft.Config = draft.Config with { Indexes = draft.Config.Indexes.Set(ConfigTables.QueriesKey, draft.Index) };
        draft.Topics.Add(Topic.PreparedQueries);
        draft.Topics.Add(Topic.PreparedQuery(id));
    }
}
