using System.Net.Sockets;
using System.Text;

namespace Konsul.Mesh.EndToEnd.Tests;

/// <summary>Who may speak to a sidecar's inbound port, judged from outside with openssl.</summary>
public sealed class IdentityTests(PairFixture pair) : IClassFixture<PairFixture>
{
    private int Inbound => pair.Mesh.Sidecars["api-1"].Ports["inbound"];

    [Fact]
    public async Task Inbound_LeafOfTheMesh_IsServedOverTls13()
    {
        Assert.SkipUnless(OpenSsl.IsInstalled, "openssl is not installed");
        var leaf = await OpenSsl.LeafAsync(pair.Mesh, "web");

        var output = await OpenSsl.ClientAsync(Inbound, leaf);

        Assert.Contains("TLSv1.3", output, StringComparison.Ordinal);
        Assert.Contains("Verify return code: 0 (ok)", output, StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 200 OK", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inbound_Tls12_IsRefused()
    {
        Assert.SkipUnless(OpenSsl.IsInstalled, "openssl is not installed");
        var leaf = await OpenSsl.LeafAsync(pair.Mesh, "web");

        var output = await OpenSsl.ClientAsync(Inbound, [.. leaf, "-tls1_2"]);

        Assert.DoesNotContain("HTTP/1.1", output, StringComparison.Ordinal);
        Assert.Contains("Cipher is (NONE)", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inbound_NoClientCertificate_IsRefused()
    {
        Assert.SkipUnless(OpenSsl.IsInstalled, "openssl is not installed");

        var output = await OpenSsl.ClientAsync(Inbound);

        Assert.DoesNotContain("HTTP/1.1", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inbound_ForeignCertificate_IsRefused()
    {
        Assert.SkipUnless(OpenSsl.IsInstalled, "openssl is not installed");
        await using var other = await TestKit.Processes.MeshHarness.StartAsync();
        await other.AddSidecarAsync("web-1", "web", pair.Echo.Port);
        var foreign = await OpenSsl.LeafAsync(other, "web");

        var output = await OpenSsl.ClientAsync(Inbound, [.. foreign.Take(4)]);

        Assert.DoesNotContain("HTTP/1.1", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inbound_SessionIsNeverResumed()
    {
        Assert.SkipUnless(OpenSsl.IsInstalled, "openssl is not installed");
        var leaf = await OpenSsl.LeafAsync(pair.Mesh, "web");
        var session = Path.Combine(pair.Mesh.Folder, "session.pem");

        await OpenSsl.ClientAsync(Inbound, [.. leaf, "-sess_out", session]);
        var second = File.Exists(session) ? await OpenSsl.ClientAsync(Inbound, [.. leaf, "-sess_in", session]) : "New, no ticket was given";

        Assert.DoesNotContain("Reused,", second, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: api\r\n\r\n")]
    [InlineData("\0\0\0\0")]
    [InlineData("\x16\x03\x01\xff\xff garbage that looks like a handshake")]
    public async Task Inbound_Plaintext_ConnectionEndsAndOthersGoOn(string bytes)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", Inbound);
        var stream = client.GetStream();
        using var answer = new MemoryStream();
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(bytes));
            client.Client.Shutdown(SocketShutdown.Send);
            await stream.CopyToAsync(answer);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // Reset: refused as well.
        }

        Assert.DoesNotContain("HTTP/1.1", Encoding.Latin1.GetString(answer.ToArray()), StringComparison.Ordinal);
        Assert.StartsWith("api-", await pair.Api.GetStringAsync("/"), StringComparison.Ordinal);
    }
}
