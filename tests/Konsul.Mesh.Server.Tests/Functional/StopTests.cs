using System.Net;
using System.Net.Sockets;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Server.Tests.Functional;

/// <summary>A server is asked to stop while clients are at work: none of them may have a request cut off.</summary>
public sealed class StopTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Stop_ClientsWriteWithoutPauseOnOneConnection_EachIsToldToGoAndNoneIsCutOff()
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => KeepAliveClient.ConnectAsync(_server.Server.HttpPort)));
        var written = new int[clients.Length];
        var writers = clients.Select(async (client, i) =>
        {
            while (true)
            {
                await client.SendAsync(KeepAliveClient.Put($"k{i}", "v") + "!");
                var (status, closes) = await client.AnswerAsync();
                Assert.Equal(200, status);
                written[i]++;
                if (closes)
                {
                    Assert.True(await client.IsAtEndAsync());
                    return;
                }
            }
        }).ToList();
        await Eventually.HoldsAsync("all write", () => Task.FromResult(written.All(w => w > 5)));

        await _server.Server.DrainAsync();

        await Task.WhenAll(writers);
        Array.ForEach(clients, c => c.Dispose());
    }

    [Fact]
    public async Task Stop_RequestIsHalfSent_IsAnsweredWhileNewConnectionsAreRefused()
    {
        using var client = await KeepAliveClient.ConnectAsync(_server.Server.HttpPort);
        await client.SendAsync(KeepAliveClient.Put("half", "v"));
        await ReadsAsync(1);

        var draining = _server.Server.DrainAsync();
        await Eventually.HoldsAsync("no connection is taken", IsRefusedAsync);
        Assert.False(draining.IsCompleted);
        await client.SendAsync("!");

        Assert.Equal((200, true), await client.AnswerAsync());
        Assert.True(await client.IsAtEndAsync());
        await draining;
    }

    [Fact]
    public async Task Stop_RequestNeverEnds_IsWaitedForUntilTimeIsUp()
    {
        using var client = await KeepAliveClient.ConnectAsync(_server.Server.HttpPort);
        await client.SendAsync(KeepAliveClient.Put("never", "v"));
        await ReadsAsync(1);
        var draining = _server.Server.DrainAsync();
        await Eventually.HoldsAsync("no connection is taken", IsRefusedAsync);
        Assert.False(draining.IsCompleted);

        _server.Parts.Drain.Force();

        await draining;
    }

    [Fact]
    public async Task Stop_BlockedQueries_AreAnsweredAtOnceAndToldToGo()
    {
        var index = (await _server.GetAsync("/v1/catalog/nodes")).Index;
        var waiting = _server.GetAsync($"/v1/catalog/nodes?index={index}&wait=600s");
        await _server.UntilWaitingAsync(1);

        await _server.Parts.Drain.StartAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _server.GetAsync("/health/ready")).Status);
        Assert.False(waiting.IsCompleted, "Until another server leads, nobody need ask again.");
        await _server.Server.DrainAsync();

        var answer = await waiting;
        Assert.Equal((HttpStatusCode.OK, "close"), (answer.Status, answer.Headers["Connection"]));
        Assert.Equal(index, answer.Index);
    }

    [Fact]
    public async Task Leave_OnlyServer_JustStops()
    {
        Assert.Equal(HttpStatusCode.OK, (await _server.PutAsync("/v1/agent/leave")).Status);

        Assert.True(_server.Parts.Drain.IsDraining);
        await _server.Server.DrainAsync();
    }

    [Fact]
    public async Task Leave_ByAnotherMethod_IsRefusedAndNothingHappens()
    {
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await _server.GetAsync("/v1/agent/leave")).Status);
        Assert.False(_server.Parts.Drain.IsDraining);
    }

    private async Task ReadsAsync(int requests) =>
        await Eventually.HoldsAsync("the request is being read", () => Task.FromResult(_server.Server.ClientsAtWork == requests));

    private async Task<bool> IsRefusedAsync()
    {
        try
        {
            using var late = await KeepAliveClient.ConnectAsync(_server.Server.HttpPort);
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
