using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Konsul.Mesh.Hosting.Options;
using Konsul.Mesh.Server.Startup;

namespace Konsul.Mesh.Server.Tests.Functional;

public sealed class StartupTests
{
    [Theory]
    [InlineData("", 64, "--data-dir is required")]
    [InlineData("--dev --bootstrap-expect 3", 64, "--bootstrap-expect 3 needs --retry-join")]
    [InlineData("--dev --retry-join a", 64, "--retry-join: \"a\" is not host:port")]
    [InlineData("--dev --join-token short", 64, "--join-token must have 16 to 1024 characters")]
    [InlineData("--dev --log etcd", 64, "--log etcd needs --etcd-endpoints")]
    [InlineData("--dev --etcd-endpoints a:1", 64, "--etcd-endpoints needs --log etcd")]
    [InlineData("--dev --log etcd --etcd-endpoints ftp://a:1", 64, "--etcd-endpoints must be HOST:PORT")]
    [InlineData("--dev --log etcd --etcd-endpoints a:1 --etcd-user u", 64, "belong together")]
    [InlineData("--dev --log etcd --etcd-endpoints a:1 --etcd-cert c", 64, "belong together")]
    [InlineData("--dev --log etcd --etcd-endpoints http://a:1 --etcd-ca-cert c", 64, "need https endpoints")]
    [InlineData("--dev --log etcd --etcd-endpoints a:1 --etcd-ca-cert /no/such.pem", 65, "/no/such.pem cannot be used for TLS with etcd")]
    [InlineData("--dev --log etcd --etcd-endpoints a:1 --etcd-user u --etcd-password-file /no/such", 65, "cannot read etcd's password")]
    [InlineData("--dev --log etcd --etcd-endpoints a:1 --etcd-prefix /", 64, "--etcd-prefix must be")]
    [InlineData("--dev --acl-enabled", 64, "--acl-enabled needs --initial-management-token")]
    [InlineData("--dev --node-id bad/name", 64, "--node-id")]
    [InlineData("--dev --leaf-ttl 1ms", 64, "--leaf-ttl must be at least 1s")]
    [InlineData("--dev --http-addr nowhere", 64, "http-addr")]
    [InlineData("--dev --dns-addr nowhere", 64, "dns-addr")]
    [InlineData("--dev --dns-domain a..b", 64, "--dns-domain")]
    [InlineData("--dev --dns-service-ttl api", 64, "dns-service-ttl")]
    [InlineData("--dev --dns-recursors example.com", 64, "dns-recursors")]
    [InlineData("--dev --dns-recursors 127.0.0.1:8600", 64, "--dns-recursors names this server itself")]
    [InlineData("--dev --dns-recursor-timeout 0s", 64, "--dns-recursor-timeout must be at least 1ms")]
    [InlineData("--dve", 64, "--dve")]
    public async Task Run_BadOptions_ExitsWithOneLine(string arguments, int code, string part)
    {
        var (exit, error) = await RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(code, exit);
        var line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries), l => l.StartsWith("konsul-server:", StringComparison.Ordinal));
        Assert.Contains(part, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_PortTaken_Exits69()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);

        var (exit, error) = await RunAsync("--dev", "--http-addr", $"127.0.0.1:{port}", "--grpc-addr", "127.0.0.1:0");

        Assert.Equal(69, exit);
        Assert.Contains(port, error, StringComparison.Ordinal);
    }

    private static async Task<(int Exit, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        var exit = await ServerProgram.RunAsync(new ProcessEnvironment(arguments, new Dictionary<string, string>(), output, error));
        return (exit, Encoding.UTF8.GetString(error.ToArray()));
    }
}
