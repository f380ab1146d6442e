using System.Net.Sockets;
using System.Text;

namespace Konsul.Mesh.EndToEnd.Tests;

public sealed class TcpTests(PairFixture pair) : IClassFixture<PairFixture>
{
    [Fact]
    public async Task Connect_ServiceSpeaksFirst_ItsWordsArriveBeforeOurs()
    {
        using var client = await ConnectAsync();

        var line = await ReadLineAsync(client.GetStream());

        Assert.Equal("hello", line);
    }

    [Fact]
    public async Task ShutdownSend_OurSideClosed_TheOtherSideStillAnswers()
    {
        using var client = await ConnectAsync();
        var stream = client.GetStream();
        Assert.Equal("hello", await ReadLineAsync(stream));

        await stream.WriteAsync("one\n"u8.ToArray());
        client.Client.Shutdown(SocketShutdown.Send);

        Assert.Equal("one", await ReadLineAsync(stream));
        Assert.Equal("bye", await ReadLineAsync(stream));
        Assert.Equal(0, await stream.ReadAsync(new byte[1]));
    }

    [Fact]
    public async Task Deny_OpenConnection_IsCutAndNewOnesAreRefused()
    {
        using var open = await ConnectAsync();
        Assert.Equal("hello", await ReadLineAsync(open.GetStream()));

        await pair.Mesh.Server.SetIntentionAsync("web", "echo", "deny");
        var end = await EndAsync(open.GetStream()).WaitAsync(TimeSpan.FromSeconds(10));
        using var late = await ConnectAsync();
        var lateEnd = await EndAsync(late.GetStream()).WaitAsync(TimeSpan.FromSeconds(10));
        await pair.Mesh.Server.DeleteIntentionAsync("web", "echo");

        Assert.Equal("", end);
        Assert.Equal("", lateEnd);
        await TestKit.Eventually.HoldsAsync("echo answers again", async () =>
        {
            using var again = await ConnectAsync();
            return await ReadLineAsync(again.GetStream()) == "hello";
        });
    }

    private async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", pair.EchoPort);
        return client;
    }

    /// <summary>Everything until the end, however it comes.</summary>
    private static async Task<string> EndAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        var buffer = new byte[256];
        try
        {
            for (int read; (read = await stream.ReadAsync(buffer)) > 0;)
            {
                text.Append(Encoding.ASCII.GetString(buffer, 0, read));
            }
        }
        catch (IOException)
        {
            // Reset is an end, too.
        }

        return text.ToString();
    }

    private static async Task<string> ReadLineAsync(NetworkStream stream)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var line = new StringBuilder();
        var one = new byte[1];
        while (await stream.ReadAsync(one, deadline.Token) == 1 && one[0] != '\n')
        {
            line.Append((char)one[0]);
        }

        return line.ToString();
    }
}
