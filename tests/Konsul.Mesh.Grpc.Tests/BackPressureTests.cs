using Google.Protobuf;
using Grpc.Core;

namespace Konsul.Mesh.Grpc.Tests;

/// <summary>A side that does not read holds the other one up; what lies between them stays small.</summary>
public sealed class BackPressureTests
{
    private const int Messages = 1000;
    private static readonly ByteString Payload = ByteString.CopyFrom(new byte[64 * 1024]);

    [Fact]
    public async Task Down_ClientDoesNotRead_ServerStopsWriting()
    {
        await using var host = await EchoHost.StartAsync();
        using var channel = host.CreateChannel();
        using var call = new Echo.EchoClient(channel).Down(new EchoRequest { Count = Messages, Payload = Payload });

        Assert.True(await call.ResponseStream.MoveNext());
        var held = await SettledAsync(() => host.Service.Written);
        var rest = 0;
        while (await call.ResponseStream.MoveNext())
            rest++;

        Assert.InRange(held, 1, Messages / 10);
        Assert.Equal(Messages - 1, rest);
        Assert.Equal(Messages, host.Service.Written);
    }

    [Fact]
    public async Task Up_ServerDoesNotRead_ClientStopsWriting()
    {
        await using var host = await EchoHost.StartAsync();
        using var channel = host.CreateChannel();
        using var call = new Echo.EchoClient(channel).Up();
        await call.RequestStream.WriteAsync(new EchoRequest { Text = "deaf" });
        var written = 0;
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < Messages; i++)
            {
                await call.RequestStream.WriteAsync(new EchoRequest { Payload = Payload });
                Interlocked.Increment(ref written);
            }

            await call.RequestStream.CompleteAsync();
        });

        await host.Service.Entered.Task.WaitAsync(TimeSpan.FromSeconds(20));
        var held = await SettledAsync(() => Volatile.Read(ref written));
        host.Service.Release.SetResult();
        await writing;

        Assert.InRange(held, 1, Messages / 10);
        Assert.Equal(Messages + 1, (await call).Number);
    }

    /// <summary>The counter once it has stood still for half a second.</summary>
    private static async Task<int> SettledAsync(Func<int> counter)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var (last, same) = (-1, 0);
        while (same < 10)
        {
            Assert.False(deadline.IsCancellationRequested, $"still moving at {last}");
            await Task.Delay(TimeSpan.FromMilliseconds(50));
            var now = counter();
            same = now == last && now > 0 ? same + 1 : 0;
            last = now;
        }

        return last;
    }
}
