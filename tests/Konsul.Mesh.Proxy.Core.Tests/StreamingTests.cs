using System.Net;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Apps;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Konsul.Mesh.Proxy.Core.Tests;

public sealed class StreamingTests
{
    private readonly CertFactory _certs = new();

    [Fact]
    public async Task Echo_Of50Megabytes_ArrivesWholeInBothDirections()
    {
        await using var app = await FakeApp.StartAsync(c => c.Request.Body.CopyToAsync(c.Response.Body), HttpProtocols.Http2);
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port, ServiceProtocol.Http2);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        using var client = Sidecar.Client(await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort)));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new PatternContent(50_000_000),
        };

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();

        Assert.Equal(50_000_000, await PatternContent.CountMatchingAsync(body));
    }

    [Theory]
    [InlineData(ServiceProtocol.Http)]
    [InlineData(ServiceProtocol.Http2)]
    public async Task Upload_SmallPieceThenSilence_ThePieceArrives(ServiceProtocol protocol)
    {
        var first = new TaskCompletionSource<string>();
        await using var app = await FakeApp.StartAsync(
            async c =>
            {
                var buffer = new byte[5];
                await c.Request.Body.ReadExactlyAsync(buffer);
                first.SetResult(System.Text.Encoding.ASCII.GetString(buffer));
            },
            protocol == ServiceProtocol.Http2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port, protocol);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        var port = await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort));
        using var client = new System.Net.Sockets.TcpClient("127.0.0.1", port);

        await client.GetStream().WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"u8.ToArray());

        Assert.Equal("hello", await first.Task.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Upload_Of50MegabytesByHttp1_ArrivesWhole()
    {
        await using var app = await FakeApp.StartAsync(async c => await c.Response.WriteAsync($"{await PatternContent.CountMatchingAsync(c.Request.Body)}"));
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        using var client = Sidecar.Client(await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort)));

        using var response = await client.PostAsync("/", new PatternContent(50_000_000));

        Assert.Equal("50000000", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Response_ToAReaderThatStops_StopsTheAppInsteadOfFillingMemory()
    {
        const int Chunk = 64 * 1024;
        var sent = 0L;
        await using var app = await FakeApp.StartAsync(async c =>
        {
            var bytes = new byte[Chunk];
            for (var i = 0; i < 3200; i++)
            {
                await c.Response.Body.WriteAsync(bytes, c.RequestAborted);
                Interlocked.Add(ref sent, Chunk);
            }
        });
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        using var client = Sidecar.Client(await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort)));

        using var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        var settled = 0L;
        await Eventually.HoldsAsync("the app is held back", async () =>
        {
            settled = Interlocked.Read(ref sent);
            await Task.Delay(500);
            return settled > 0 && Interlocked.Read(ref sent) == settled ? null : $"{Interlocked.Read(ref sent)} bytes sent";
        });

        // Of 200 MB only what the windows and the kernel's buffers of four hops hold.
        Assert.InRange(settled, 1, 60_000_000);
    }

    [Fact]
    public async Task Streams_OverHttp2_FlowBothWaysAtTheSameTime()
    {
        await using var app = await FakeApp.StartAsync(
            async c =>
            {
                c.Response.ContentType = "application/grpc";
                var buffer = new byte[1000];
                int count;
                while ((count = await c.Request.Body.ReadAsync(buffer)) > 0)
                {
                    await c.Response.Body.WriteAsync(buffer.AsMemory(0, count));
                    await c.Response.Body.FlushAsync();
                }
            },
            HttpProtocols.Http2);
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        using var client = Sidecar.Client(await web.AddUpstreamAsync("api", ServiceProtocol.Auto, ("a", api.InboundPort)));
        using var duplex = new DuplexContent();
        duplex.Headers.ContentType = new("application/grpc");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/s/m")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = duplex,
        };
        var sending = client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var up = await duplex.Stream.WaitAsync(TimeSpan.FromSeconds(20));
        await up.WriteAsync("a0"u8.ToArray());
        await up.FlushAsync();
        using var response = await sending.WaitAsync(TimeSpan.FromSeconds(20));
        await using var down = await response.Content.ReadAsStreamAsync();
        var two = new byte[2];
        await down.ReadExactlyAsync(two);

        for (var i = 1; i < 5; i++)
        {
            await up.WriteAsync(new[] { (byte)'a', (byte)('0' + i) });
            await up.FlushAsync();
            await down.ReadExactlyAsync(two).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
            Assert.Equal((byte)('0' + i), two[1]);
        }

        duplex.End();
        Assert.Equal(0, await down.ReadAsync(two).AsTask().WaitAsync(TimeSpan.FromSeconds(20)));
    }

    private sealed class DuplexContent : HttpContent
    {
        private readonly TaskCompletionSource<Stream> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<Stream> Stream => _stream.Task;

        public void End() => _end.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.FlushAsync();
            _stream.SetResult(stream);
            await _end.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
