using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Grpc.Tests;

/// <summary>How calls end other than well, seen from both sides.</summary>
public sealed class CallEndTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Handler_Throws_ClientLearnsNothingOfWhy()
    {
        await using var host = await EchoHost.StartAsync();
        using var channel = host.CreateChannel();

        var failure = await FailureAsync(new Echo.EchoClient(channel).UnaryAsync(new EchoRequest { Text = "throw" }).ResponseAsync);

        Assert.Equal(new Status(StatusCode.Unknown, "Exception was thrown by handler."), failure.Status);
        Assert.Contains(host.Log, l => l.Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Handler_ThrowsWithDetailedErrors_ClientLearnsWhy()
    {
        await using var host = await EchoHost.StartAsync(options: o => o.EnableDetailedErrors = true);
        using var channel = host.CreateChannel();

        var failure = await FailureAsync(new Echo.EchoClient(channel).UnaryAsync(new EchoRequest { Text = "throw" }).ResponseAsync);

        Assert.Contains("hunter2", failure.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handler_SetsStatus_EndsWithIt()
    {
        await using var host = await EchoHost.StartAsync();
        using var channel = host.CreateChannel();

        var failure = await FailureAsync(new Echo.EchoClient(channel).UnaryAsync(new EchoRequest { Text = "status" }).ResponseAsync);

        Assert.Equal(new Status(StatusCode.AlreadyExists, "by status"), failure.Status);
    }

    [Fact]
    public async Task Handler_FailsAfterMessages_ClientGetsThemFirst()
    {
        await using var host = await EchoHost.StartAsync();
        using var channel = host.CreateChannel();
        using var call = new Echo.EchoClient(channel).Down(new EchoRequest { Text = "then-fail", Count = 2 });

        Assert.True(await call.ResponseStream.MoveNext());
        Assert.True(await call.ResponseStream.MoveNext());
        var failure = await FailureAsync(call.ResponseStream.MoveNext());

        Assert.Equal(new Status(StatusCode.DataLoss, "after some"), failure.Status);
    }

    [Fact]
    public async Task Handler_EndsWhileClientStreams_WriterAndReaderLearnTheStatus()
    {
        await using var host = await EchoHost.StartAsync();
        using var channel = host.CreateChannel();
        using var call = new Echo.EchoClient(channel).Both();

        await call.RequestStream.WriteAsync(new EchoRequest { Text = "fail:7:no" });
        var read = await FailureAsync(call.ResponseStream.MoveNext());
        var write = await FailureAsync(call.RequestStream.WriteAsync(new EchoRequest { Text = "more" }));

        Assert.Equal(new Status(StatusCode.PermissionDenied, "no"), read.Status);
        Assert.Equal(read.Status, write.Status);
        Assert.Equal(read.Status, call.GetStatus());
        Assert.Equal("because", call.GetTrailers().GetValue("why"));
    }

    [Fact]
    public async Task Deadline_Passes_BothSidesEnd()
    {
        var time = new ManualTimeProvider();
        await using var host = await EchoHost.StartAsync(time);
        using var channel = host.CreateChannel(o => o.TimeProvider = time);
        var deadline = time.GetUtcNow().UtcDateTime.AddSeconds(5);
        using var call = new Echo.EchoClient(channel).UnaryAsync(new EchoRequest { Text = "hang" }, deadline: deadline);
        await host.Service.Entered.Task.WaitAsync(Patience);

        Assert.Equal(deadline, host.Service.Deadline);
        Assert.False(call.ResponseAsync.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(StatusCode.DeadlineExceeded, (await FailureAsync(call.ResponseAsync)).StatusCode);
        await host.Service.Cancelled.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task Deadline_PassesWhileHandlerPaysNoHeed_ServerAnswersAllTheSame()
    {
        var time = new ManualTimeProvider();
        await using var host = await EchoHost.StartAsync(time);
        using var raw = new RawCalls(host.Address);
        var call = raw.UnaryAsync(RawCalls.Frame(new EchoRequest { Text = "deaf" }), ("grpc-timeout", "5S"));
        await host.Service.Entered.Task.WaitAsync(Patience);

        time.Advance(TimeSpan.FromSeconds(5));
        var answer = await call;

        Assert.Equal(("4", true), (answer.Status, answer.TrailersOnly));
        Assert.False(host.Service.Release.Task.IsCompleted);
    }

    [Fact]
    public async Task Deadline_PassesWhileAReaderHoldsTheWriteUp_StreamIsReset()
    {
        var time = new ManualTimeProvider();
        await using var host = await EchoHost.StartAsync(time);
        using var channel = host.CreateChannel();
        var request = new EchoRequest { Count = 1000, Payload = ByteString.CopyFrom(new byte[64 * 1024]) };
        using var call = new Echo.EchoClient(channel).Down(request, deadline: DateTime.UtcNow.AddHours(1));
        Assert.True(await call.ResponseStream.MoveNext());

        time.Advance(TimeSpan.FromHours(1));
        var failure = await FailureAsync(DrainAsync(call.ResponseStream));

        Assert.Contains(failure.StatusCode, new[] { StatusCode.Cancelled, StatusCode.DeadlineExceeded });
        Assert.InRange(host.Service.Written, 1, 999);
    }

    [Fact]
    public async Task Handler_ReturnsWithAWriteOnItsWay_StreamIsReset()
    {
        await using var host = await EchoHost.StartAsync();
        using var channel = host.CreateChannel();
        var request = new EchoRequest { Text = "leave", Payload = ByteString.CopyFrom(new byte[4_000_000]) };
        using var call = new Echo.EchoClient(channel).Down(request);

        var failure = await FailureAsync(DrainAsync(call.ResponseStream));

        Assert.Equal(StatusCode.Internal, failure.StatusCode);
    }

    [Theory]
    [InlineData("twice")]
    [InlineData("reserved")]
    public async Task Handler_BreaksTheRules_IsUnknown(string how)
    {
        await using var host = await EchoHost.StartAsync();
        using var channel = host.CreateChannel();

        var failure = await FailureAsync(new Echo.EchoClient(channel).UnaryAsync(new EchoRequest { Text = how }).ResponseAsync);

        Assert.Equal(new Status(StatusCode.Unknown, "Exception was thrown by handler."), failure.Status);
    }

    [Fact]
    public async Task ResponseHeaders_BeyondTheClientsLimit_FailWithTheReasonAndTheChannelGoesOn()
    {
        await using var host = await EchoHost.StartAsync();
        using var channel = host.CreateChannel();
        var client = new Echo.EchoClient(channel);

        var failure = await FailureAsync(client.UnaryAsync(new EchoRequest { Text = "flood" }).ResponseAsync);

        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.Contains("headers length exceeded", failure.Status.Detail, StringComparison.Ordinal);
        Assert.Equal("x", (await client.UnaryAsync(new EchoRequest { Text = "x" })).Text);
    }

    [Fact]
    public async Task Deadline_LiesInThePast_NothingIsSent()
    {
        await using var host = await EchoHost.StartAsync();
        using var channel = host.CreateChannel();
        using var call = new Echo.EchoClient(channel).UnaryAsync(new EchoRequest(), deadline: DateTime.UtcNow.AddSeconds(-1));

        Assert.Equal(StatusCode.DeadlineExceeded, (await FailureAsync(call.ResponseAsync)).StatusCode);
        Assert.False(host.Service.Entered.Task.IsCompleted);
    }

    [Theory]
    [InlineData("token")]
    [InlineData("dispose")]
    [InlineData("read token")]
    [InlineData("channel")]
    public async Task Client_Cancels_HandlerLearnsIt(string how)
    {
        await using var host = await EchoHost.StartAsync();
        using var channel = host.CreateChannel();
        using var cancel = new CancellationTokenSource();
        using var call = new Echo.EchoClient(channel).Both(cancellationToken: how == "token" ? cancel.Token : default);
        await call.RequestStream.WriteAsync(new EchoRequest { Text = "x" });
        Assert.True(await call.ResponseStream.MoveNext());
        var pending = call.ResponseStream.MoveNext(how == "read token" ? cancel.Token : default);

        if (how == "dispose")
            call.Dispose();
        else if (how == "channel")
            channel.Dispose();
        else
            await cancel.CancelAsync();

        Assert.Equal(StatusCode.Cancelled, (await FailureAsync(pending)).StatusCode);
        await host.Service.Cancelled.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task Server_GoesAway_ClientLearnsIt()
    {
        var host = await EchoHost.StartAsync();
        using var channel = host.CreateChannel();
        using var call = new Echo.EchoClient(channel).Both();
        await call.RequestStream.WriteAsync(new EchoRequest { Text = "x" });
        Assert.True(await call.ResponseStream.MoveNext());
        var pending = call.ResponseStream.MoveNext();

        await host.DisposeAsync();

        Assert.Equal(StatusCode.Unavailable, (await FailureAsync(pending)).StatusCode);
        var refused = await FailureAsync(new Echo.EchoClient(channel).UnaryAsync(new EchoRequest()).ResponseAsync);
        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
    }

    [Fact]
    public async Task Messages_OverALimit_AreRefusedWhereTheyAreSeenFirst()
    {
        await using var host = await EchoHost.StartAsync(options: o => o.MaxSendMessageSize = 6 * 1024 * 1024);
        using var usual = host.CreateChannel();
        using var wide = host.CreateChannel(o => o.MaxReceiveMessageSize = null);
        using var narrow = host.CreateChannel(o => o.MaxSendMessageSize = 100);
        var large = new EchoRequest { Payload = ByteString.CopyFrom(new byte[(4 * 1024 * 1024) + 1]) };
        var fits = new EchoRequest { Count = 1, Payload = ByteString.CopyFrom(new byte[(4 * 1024 * 1024) - 64]), Text = "fits" };

        var byServer = await FailureAsync(new Echo.EchoClient(wide).UnaryAsync(large).ResponseAsync);
        var byClient = await Assert.ThrowsAsync<RpcException>(async () => await new Echo.EchoClient(narrow).UnaryAsync(large));
        var kept = await new Echo.EchoClient(usual).UnaryAsync(fits);

        Assert.Equal(TooLarge("Received"), byServer.Status);
        Assert.Equal(TooLarge("Sending"), byClient.Status);
        Assert.Equal(fits.Payload, kept.Payload);
    }

    [Fact]
    public async Task Reply_OverTheClientsLimit_IsRefusedAndTheServerToldSo()
    {
        await using var host = await EchoHost.StartAsync();
        using var channel = host.CreateChannel(o => o.MaxReceiveMessageSize = 1000);
        using var call = new Echo.EchoClient(channel).Both();
        await call.RequestStream.WriteAsync(new EchoRequest { Text = new string('a', 2000) });

        var failure = await FailureAsync(call.ResponseStream.MoveNext());

        Assert.Equal(StatusCode.ResourceExhausted, failure.StatusCode);
        await host.Service.Cancelled.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task Reply_OverTheServersSendLimit_IsAStatus()
    {
        await using var host = await EchoHost.StartAsync(options: o => o.MaxSendMessageSize = 1000);
        using var channel = host.CreateChannel();

        var request = new EchoRequest { Text = new string('a', 2000) };
        var failure = await FailureAsync(new Echo.EchoClient(channel).UnaryAsync(request).ResponseAsync);

        Assert.Equal(TooLarge("Sending"), failure.Status);
    }

    private static Status TooLarge(string direction) =>
        new(StatusCode.ResourceExhausted, $"{direction} message exceeds the maximum configured message size.");

    private static async Task DrainAsync(IAsyncStreamReader<EchoReply> stream)
    {
        while (await stream.MoveNext())
        {
        }
    }

    private static Task<RpcException> FailureAsync(Task call) => Assert.ThrowsAsync<RpcException>(() => call.WaitAsync(Patience));
}
