using Konsul.Mesh.Server.Http;

namespace Konsul.Mesh.Server.EtcdGateway;

/// <summary>A refusal in etcd's words, with the gRPC code that its clients look at.</summary>
internal sealed class EtcdException(int status, int code, string text) : Exception(text)
{
    public int Status { get; } = status;

    public int Code { get; } = code;

    public static EtcdException Invalid(string text) => new(400, 3, text);

    public static EtcdException LeaseNotFound() => new(404, 5, "etcdserver: requested lease not found");

    /// <summary>Runs a handler; what it refuses is answered as etcd's gateway answers.</summary>
    public static ApiHandler Guard(ApiHandler handler) => async context =>
    {
        try
        {
            await handler(context).ConfigureAwait(false);
        }
        catch (EtcdException e)
        {
            await AnswerAsync(context, e.Status, e.Code, e.Message).ConfigureAwait(false);
        }
        catch (Json.DecodeException e)
        {
            await AnswerAsync(context, 400, 3, e.Message).ConfigureAwait(false);
        }
        catch (ApiException e) when (e.Message.StartsWith(Cluster.ReplicatedState.NoLeader, StringComparison.Ordinal))
        {
            await AnswerAsync(context, 503, 14, "etcdserver: no leader").ConfigureAwait(false);
        }
    };

    private static Task AnswerAsync(ApiContext context, int status, int code, string text) => context.JsonAsync(
        w =>
        {
            w.WriteStartObject();
            w.WriteString("error", text);
            w.WriteNumber("code", code);
            w.WriteString("message", text);
            w.WriteEndObject();
        },
        status);
}
