using System.Diagnostics;
using Google.Protobuf;
using Konsul.Mesh.Etcd.Client;
using Konsul.Mesh.Etcd.Protocol;
using Konsul.Mesh.Etcd.Tests.Fixtures;
using Microsoft.Extensions.Logging.Abstractions;

namespace Konsul.Mesh.Etcd.Tests;

/// <summary>Not a test: measures, and only when asked for (<c>-explicit only</c>). Everything on one machine with one local etcd.</summary>
public sealed class Figures
{
    private const int Callers = 64;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(8);
    private static readonly byte[] Command = new byte[256];

    [Fact(Explicit = true)]
    public async Task Measure_ProposalsBesidePutsWithTheSameConcurrency()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        var connection = new EtcdConnectionOptions { Endpoints = [etcd.Address] };
        for (var round = 1; round <= 2; round++)
        {
            using var client = new EtcdClient(connection, TimeProvider.System, NullLogger.Instance);
            var value = UnsafeByteOperations.UnsafeWrap(Command);
            await RunAsync($"round {round}: puts of etcd alone", i => client.PutAsync(
                new PutRequest { Key = ByteString.CopyFromUtf8($"/put/{i}"), Value = value }, CancellationToken.None));
            await using (var a = await Node.OpenAsync($"a{round}", etcd, Shipped))
            {
                await RunAsync($"round {round}: proposals, one server", _ => a.Log.ProposeAsync(Command).AsTask());
                await RunAsync($"round {round}: read barriers", _ => a.Log.ReadBarrierAsync().AsTask());
            }

            await using var b = await Node.OpenAsync($"b{round}", etcd, Shipped);
            await using var c = await Node.OpenAsync($"c{round}", etcd, Shipped);
            await RunAsync($"round {round}: proposals, two servers", i => (i % 2 == 0 ? b : c).Log.ProposeAsync(Command).AsTask());
        }

        static EtcdLogOptions Shipped(EtcdLogOptions o) => new()
        {
            Connection = o.Connection,
            Prefix = o.Prefix,
            NodeId = o.NodeId,
            ClusterId = o.ClusterId,
            Directory = o.Directory,
        };
    }

    private static async Task RunAsync(string what, Func<int, Task> call)
    {
        var took = new List<TimeSpan>[Callers];
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(i => Task.Run(async () =>
        {
            took[i] = [];
            while (clock.Elapsed < WarmUp + Measured)
            {
                var started = clock.Elapsed;
                await call(i);
                if (started > WarmUp)
                {
                    took[i].Add(clock.Elapsed - started);
                }
            }
        })));
        var all = took.SelectMany(t => t).Order().ToList();
        var (p50, p99) = (all[all.Count / 2], all[all.Count * 99 / 100]);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{what}: {all.Count / Measured.TotalSeconds:F0}/s, p50 {p50.TotalMilliseconds:F2} ms, p99 {p99.TotalMilliseconds:F2} ms, {Callers} callers");
    }
}
