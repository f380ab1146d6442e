using Grpc.Core;

namespace Konsul.Mesh.Grpc.Tests;

/// <summary>The service of echo.proto, plus what single tests need: gates to wait at and counters.</summary>
internal sealed class EchoService : Echo.EchoBase
{
    public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string? Peer { get; private set; }

    public string? Host { get; private set; }

    public DateTime Deadline { get; private set; }

    public string? ClientCertificate { get; private set; }

    /// <summary>Replies written by <see cref="Down"/> and taken by the transport.</summary>
    public int Written { get; private set; }

    public override async Task<EchoReply> Unary(EchoRequest request, ServerCallContext context)
    {
        Peer = context.Peer;
        Host = context.Host;
        Deadline = context.Deadline;
        ClientCertificate = context.GetHttpContext().Connection.ClientCertificate?.Subject;
        await ObeyAsync(request.Text, context);
        return new EchoReply { Text = request.Text, Payload = request.Payload };
    }

    public override async Task Down(EchoRequest request, IServerStreamWriter<EchoReply> responseStream, ServerCallContext context)
    {
        await ObeyAsync(request.Text, context);
        if (request.Text == "leave")
        {
            _ = responseStream.WriteAsync(new EchoReply { Payload = request.Payload });
            return;
        }

        for (var i = 0; i < request.Count; i++)
        {
            await responseStream.WriteAsync(new EchoReply { Text = request.Text, Number = i, Payload = request.Payload });
            Written++;
        }

        if (request.Text == "then-fail")
            throw new RpcException(new Status(StatusCode.DataLoss, "after some"));
    }

    public override async Task<EchoReply> Up(IAsyncStreamReader<EchoRequest> requestStream, ServerCallContext context)
    {
        var texts = new List<string>();
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            texts.Add(request.Text);
            await ObeyAsync(request.Text, context);
        }

        return new EchoReply { Text = string.Join(',', texts), Number = texts.Count };
    }

    public override async Task Both(
        IAsyncStreamReader<EchoRequest> requestStream,
        IServerStreamWriter<EchoReply> responseStream,
        ServerCallContext context)
    {
        try
        {
            for (var i = 0; await requestStream.MoveNext(context.CancellationToken); i++)
            {
                await ObeyAsync(requestStream.Current.Text, context);
                await responseStream.WriteAsync(new EchoReply { Text = requestStream.Current.Text, Number = i });
            }
        }
        catch (OperationCanceledException)
        {
            Cancelled.TrySetResult();
            throw;
        }
    }

    private async Task ObeyAsync(string text, ServerCallContext context)
    {
        Entered.TrySetResult();
        if (text.StartsWith("fail:", StringComparison.Ordinal))
        {
            var parts = text.Split(':', 3);
            var status = new Status((StatusCode)int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture), parts[2]);
            throw new RpcException(status, new Metadata { { "why-bin", new byte[] { 0, 1, 254, 255 } }, { "why", "because" } });
        }

        switch (text)
        {
            case "throw":
                throw new InvalidOperationException("the password is hunter2");
            case "status":
                context.Status = new Status(StatusCode.AlreadyExists, "by status");
                break;
            case "hang":
                using (context.CancellationToken.Register(() => Cancelled.TrySetResult()))
                    await Task.Delay(Timeout.Infinite, context.CancellationToken);
                break;
            case "deaf":
                await Release.Task;
                break;
            case "flood":
                await context.WriteResponseHeadersAsync(new Metadata { { "x-flood", new string('a', 100_000) } });
                break;
            case "twice":
                await context.WriteResponseHeadersAsync([]);
                await context.WriteResponseHeadersAsync([]);
                break;
            case "reserved":
                context.ResponseTrailers.Add("grpc-status", "0");
                break;
            case "meta":
                var headers = new Metadata();
                foreach (var entry in context.RequestHeaders.Where(e => e.Key.StartsWith("x-", StringComparison.Ordinal)))
                {
                    headers.Add(entry);
                    context.ResponseTrailers.Add(entry);
                }

                await context.WriteResponseHeadersAsync(headers);
                break;
        }
    }
}
