using System.Buffers;
using System.Text.Json;
using System.Threading.Channels;
using Konsul.Mesh.Model.Kv;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Endpoints;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Json;
using Konsul.Mesh.State.Events;

namespace Konsul.Mesh.Server.EtcdGateway;

/// <summary>
/// <c>/v3/watch</c>: one watch for each request, as lines of JSON. Every change comes once and in order, or the watch is cancelled with the revision
/// from which another one can begin: when it asks for changes that are no longer known, when its client is too slow, when all was restored.
/// </summary>
internal sealed class EtcdWatchEndpoints(ReplicatedState state, EtcdStore store, CancellationToken draining) : IEndpoints
{
    /// <summary>Changes that wait for a client; each holds on to a view of the state.</summary>
    private const int MaxWaiting = 1024;

    /// <summary>More topics than this are looked through by the watch itself, not by the thread that applies.</summary>
    private const int FewTopics = 64;

    private sealed class CreateBody
    {
        public KeyRequest? Request { get; set; }
    }

    private static readonly JsonShape<CreateBody> Shape = new JsonShape<CreateBody>(() => new CreateBody())
        .Add("create_request", static (ref r, d, p) => d.Request = KeyRequest.Watch.Read(ref r, p), "createRequest");

    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v3/watch") { Resource = "key", Namespaced = true }.Post(EtcdException.Guard(WatchAsync)),
    ];

    private async Task WatchAsync(ApiContext context)
    {
        var request = (await context.DecodeAsync(Shape).ConfigureAwait(false)).Request ?? throw EtcdException.Invalid("create_request is missing");
        var (range, ns) = (request.Keys, context.Namespace);
        await state.BarrierAsync(context.Aborted).ConfigureAwait(false);
        context.Blocked = true;
        context.Http.Response.ContentType = "application/json";
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.Aborted, draining);
        var changes = Channel.CreateBounded<StateChange>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
        void OnChanged(StateChange change)
        {
            if (change.Restored || change.Topics.Count > FewTopics || change.Topics.Any(t => range.Touches(t, ns)))
            {
                // Full: its reader is too slow, and finds the end behind what is there.
                if (!changes.Writer.TryWrite(change))
                    changes.Writer.TryComplete();
            }
        }

        state.Changed += OnChanged;
        try
        {
            await FollowAsync(context, request, range, changes.Reader, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!context.Aborted.IsCancellationRequested)
        {
            // The server drains; the client asks another one.
        }
        finally
        {
            state.Changed -= OnChanged;
        }
    }

    private async Task FollowAsync(ApiContext context, KeyRequest request, KeyRange range, ChannelReader<StateChange> changes, CancellationToken stop)
    {
        var view = state.View;
        await SendAsync(context, view.Index, static w => w.WriteBoolean("created", true), stop).ConfigureAwait(false);
        if (request.StartRevision > 0 && range.LastChange(view.Kv, context.Namespace) >= (ulong)request.StartRevision && (ulong)request.StartRevision <= view.Index)
        {
            await CancelAsync(context, view.Index, "mvcc: required revision has been compacted", stop).ConfigureAwait(false);
            return;
        }

        var last = view.Index;
        await foreach (var change in changes.ReadAllAsync(stop).ConfigureAwait(false))
        {
            if (change.Restored)
            {
                await CancelAsync(context, change.After.Index, "the state was restored from a snapshot", stop).ConfigureAwait(false);
                return;
            }

            // What was applied before the view was looked at is in it.
            if (change.After.Index <= view.Index)
                continue;
            last = change.After.Index;
            var events = change.Topics.Where(t => range.Touches(t, context.Namespace))
                .Select(t => (Before: change.Before.Kv.Get(t.Key), After: change.After.Kv.Get(t.Key)))
                .Where(e => e.After is not null || e.Before is not null)
                .OrderBy(e => (e.After ?? e.Before)!.Key, StringComparer.Ordinal)
                .ToList();
            if (events.Count > 0 && last >= (ulong)Math.Max(request.StartRevision, 0))
                await SendAsync(context, last, w => WriteEvents(w, events, request.PrevKv, last), stop).ConfigureAwait(false);
        }

        await CancelAsync(context, last, "the client is too slow", stop).ConfigureAwait(false);
    }

    private static void WriteEvents(Utf8JsonWriter writer, List<(KvEntry? Before, KvEntry? After)> events, bool previous, ulong revision)
    {
        writer.WriteStartArray("events");
        foreach (var (before, after) in events)
        {
            writer.WriteStartObject();
            if (after is null)
                writer.WriteString("type", "DELETE");
            writer.WritePropertyName("kv");
            EtcdShape.WriteEntry(writer, after ?? new KvEntry { Key = before!.Key, ModifyIndex = revision });
            if (previous && before is not null)
            {
                writer.WritePropertyName("prev_kv");
                EtcdShape.WriteEntry(writer, before);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <summary>A new watch may start behind <paramref name="seen"/>, after a look at what is there.</summary>
    private Task CancelAsync(ApiContext context, ulong seen, string reason, CancellationToken stop) => SendAsync(
        context, seen, w =>
        {
            w.WriteBoolean("canceled", true);
            EtcdShape.WriteNumber(w, "compact_revision", seen + 1);
            w.WriteString("cancel_reason", reason);
        },
        stop);

    private async Task SendAsync(ApiContext context, ulong revision, Action<Utf8JsonWriter> write, CancellationToken stop)
    {
        var line = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(line, JsonOutput.Compact))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("result");
            EtcdShape.WriteHeader(writer, store.Header(revision));
            write(writer);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        line.Write("\n"u8);
        await context.Http.Response.Body.WriteAsync(line.WrittenMemory, stop).ConfigureAwait(false);
        await context.Http.Response.Body.FlushAsync(stop).ConfigureAwait(false);
    }
}
