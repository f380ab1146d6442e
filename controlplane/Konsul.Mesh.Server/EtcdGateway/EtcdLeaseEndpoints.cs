using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Sessions;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Deadlines;
using Konsul.Mesh.Server.Endpoints;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.State;
using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.Server.EtcdGateway;

/// <summary><c>/v3/lease/*</c>: a lease is a session that deletes its keys at its end, without a lock-delay.</summary>
internal sealed class EtcdLeaseEndpoints(ReplicatedState state, EtcdStore store, SessionRenewal renewal) : IEndpoints
{
    private const long MaxTtl = 10L * 365 * 24 * 3600;

    public IEnumerable<ApiRoute> Routes =>
    [
        Route("/v3/lease/grant", GrantAsync),
        Route("/v3/lease/revoke", RevokeAsync),
        Route("/v3/kv/lease/revoke", RevokeAsync),
        Route("/v3/lease/keepalive", KeepAliveAsync),
        Route("/v3/lease/timetolive", TimeToLiveAsync),
        Route("/v3/kv/lease/timetolive", TimeToLiveAsync),
    ];

    private static ApiRoute Route(string path, ApiHandler handler) =>
        new ApiRoute(path) { Resource = "session", Namespaced = true }.Post(EtcdException.Guard(handler));

    private async Task GrantAsync(ApiContext context)
    {
        var request = await context.DecodeAsync(LeaseRequest.Shape).ConfigureAwait(false);
        if (request.Ttl > MaxTtl)
            throw new EtcdException(400, 11, "etcdserver: too large lease TTL");
        if (request.Id < 0)
            throw EtcdException.Invalid("ID must not be negative");
        var ttl = Math.Max(request.Ttl, 1);
        var id = request.Id > 0 ? request.Id : Math.Max(BinaryPrimitives.ReadInt64LittleEndian(RandomNumberGenerator.GetBytes(8)) & long.MaxValue, 1);

        // The time of a session is twice its TTL; that of a lease is its TTL.
        var session = new Session
        {
            Id = LeaseId.ToSession(id),
            Namespace = context.Namespace,
            Name = "etcd lease",
            Node = state.NodeName,
            Behavior = SessionBehavior.Delete,
            Ttl = TimeSpan.FromSeconds(ttl) / 2,
        };
        var result = await state.TryProposeAsync(new CreateSession { Session = session }, context.Aborted).ConfigureAwait(false);
        if (result.Failure == ApplyFailure.Conflict)
            throw new EtcdException(400, 9, "etcdserver: lease already exists");
        if (!result.Success)
            throw EtcdException.Invalid(result.Reason);
        await AnswerAsync(context, result.Index, w => WriteLease(w, id, ttl)).ConfigureAwait(false);
    }

    private async Task RevokeAsync(ApiContext context)
    {
        var (_, session) = await FindAsync(context).ConfigureAwait(false);
        if (session is null)
            throw EtcdException.LeaseNotFound();
        var result = await state.ProposeAsync(new DestroySession { Key = NamespacedKey.Of(session.Namespace, session.Id) }, context.Aborted).ConfigureAwait(false);
        await AnswerAsync(context, result.Index, static _ => { }).ConfigureAwait(false);
    }

    /// <summary>One renewal for each request, answered in the form of a stream's first message. A lease that is gone has no TTL left.</summary>
    private async Task KeepAliveAsync(ApiContext context)
    {
        var (request, session) = await FindAsync(context).ConfigureAwait(false);
        if (session is not null)
            await renewal.RenewAsync(NamespacedKey.Of(session.Namespace, session.Id), context.Aborted).ConfigureAwait(false);
        await context.JsonAsync(w =>
        {
            w.WriteStartObject();
            w.WriteStartObject("result");
            EtcdShape.WriteHeader(w, store.Header(state.View.Index));
            WriteLease(w, request.Id, Granted(session));
            w.WriteEndObject();
            w.WriteEndObject();
        }).ConfigureAwait(false);
    }

    /// <summary>Only the leader knows what is left of it, so the whole time is told: it is at least what is left.</summary>
    private async Task TimeToLiveAsync(ApiContext context)
    {
        var (request, session) = await FindAsync(context).ConfigureAwait(false);
        await AnswerAsync(context, state.View.Index, w =>
        {
            WriteLease(w, request.Id, session is null ? -1 : Granted(session));
            if (session is null)
                return;
            w.WriteString("grantedTTL", Granted(session).ToString(CultureInfo.InvariantCulture));
            var keys = request.Keys ? state.View.Sessions.Held(session.Namespace, session.Id).ToList() : [];
            if (keys.Count == 0)
                return;
            w.WriteStartArray("keys");
            foreach (var key in keys)
                w.WriteBase64StringValue(Encoding.UTF8.GetBytes(key));
            w.WriteEndArray();
        }).ConfigureAwait(false);
    }

    private static long Granted(Session? session) => session is null ? 0 : (long)(2 * session.Ttl).TotalSeconds;

    private static void WriteLease(Utf8JsonWriter writer, long id, long ttl)
    {
        writer.WriteString("ID", id.ToString(CultureInfo.InvariantCulture));
        if (ttl != 0)
            writer.WriteString("TTL", ttl.ToString(CultureInfo.InvariantCulture));
    }

    private async Task<(LeaseRequest Request, Session? Session)> FindAsync(ApiContext context)
    {
        var request = await context.DecodeAsync(LeaseRequest.Shape).ConfigureAwait(false);
        await state.BarrierAsync(context.Aborted).ConfigureAwait(false);
        return (request, request.Id > 0 ? state.View.Sessions.Get(context.Namespace, LeaseId.ToSession(request.Id)) : null);
    }

    private Task AnswerAsync(ApiContext context, ulong revision, Action<Utf8JsonWriter> write) => context.JsonAsync(w =>
    {
        w.WriteStartObject();
        EtcdShape.WriteHeader(w, store.Header(revision));
        write(w);
        w.WriteEndObject();
    });
}
