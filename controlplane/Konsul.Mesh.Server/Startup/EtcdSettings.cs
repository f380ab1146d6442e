using Konsul.Mesh.Etcd;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Hosting.Options;

namespace Konsul.Mesh.Server.Startup;

/// <summary>The options of <c>--log etcd</c>, with the files they name read.</summary>
internal sealed record EtcdSettings(EtcdConnectionOptions Connection, string Prefix)
{
    private const int DefaultPort = 2379;
    private const int LongestPassword = 4096;
    private static readonly string[] Names =
        ["etcd-endpoints", "etcd-user", "etcd-password-file", "etcd-ca-cert", "etcd-cert", "etcd-key", "etcd-prefix"];

    /// <summary>Null: the log is not in etcd.</summary>
    /// <exception cref="StartupException">Usage (64): options that contradict each other; 65: a file that is missing or wrong.</exception>
    public static EtcdSettings? From(OptionValues values, string datacenter)
    {
        if (values.Text("log") != "etcd")
        {
            return Names.FirstOrDefault(values.IsSet) is { } stray ? throw Usage($"--{stray} needs --log etcd") : null;
        }

        var addresses = values.List("etcd-endpoints");
        if (addresses.Count == 0)
            throw Usage("--log etcd needs --etcd-endpoints");
        var (user, passwordFile) = (values.TextOrNull("etcd-user"), values.TextOrNull("etcd-password-file"));
        if (user is null != passwordFile is null)
            throw Usage("--etcd-user and --etcd-password-file belong together");
        var (certificate, key) = (values.TextOrNull("etcd-cert"), values.TextOrNull("etcd-key"));
        if (certificate is null != key is null)
            throw Usage("--etcd-cert and --etcd-key belong together");
        var roots = values.TextOrNull("etcd-ca-cert");
        var endpoints = addresses.Select(a => Endpoint(a, secure: roots is not null || certificate is not null)).ToList();
        if ((roots is not null || certificate is not null) && endpoints.Exists(e => e.Scheme != Uri.UriSchemeHttps))
            throw Usage("--etcd-ca-cert and --etcd-cert need https endpoints");
        try
        {
            var tls = EtcdTls.Load(roots, certificate, key);
            var connection = new EtcdConnectionOptions
            {
                Endpoints = endpoints,
                User = user,
                Password = passwordFile is null ? null : Password(passwordFile),
                TrustedRoots = tls.TrustedRoots,
                ClientCertificate = tls.ClientCertificate,
            };
            return new EtcdSettings(connection, PrefixOf(values.TextOrNull("etcd-prefix") ?? $"/konsul/{datacenter}/"));
        }
        catch (EtcdException e)
        {
            throw new StartupException(ExitCode.BadFile, e.Message.TrimEnd('.'), e);
        }
    }

    private static Uri Endpoint(string text, bool secure)
    {
        var address = text.Contains("://", StringComparison.Ordinal) ? text : $"{(secure ? "https" : "http")}://{text}";
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps)
            || uri.PathAndQuery != "/" || uri.UserInfo.Length > 0 || uri.Host.Length == 0)
            throw Usage($"--etcd-endpoints must be HOST:PORT, http://HOST:PORT or https://HOST:PORT, not \"{text}\"");
        return uri.IsDefaultPort && !address.EndsWith($":{uri.Port}", StringComparison.Ordinal) ? new UriBuilder(uri) { Port = DefaultPort }.Uri : uri;
    }

    private static string Password(string file)
    {
        try
        {
            using var reader = File.OpenText(file);
            var text = new char[LongestPassword];
            var password = new string(text, 0, reader.ReadBlock(text)).TrimEnd('\r', '\n');
            return password.Length > 0 ? password : throw new StartupException(ExitCode.BadFile, $"{file} is empty, it should hold etcd's password");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(ExitCode.BadFile, $"cannot read etcd's password: {e.Message.TrimEnd('.')}", e);
        }
    }

    private static string PrefixOf(string text)
    {
        var prefix = text.EndsWith('/') ? text : text + "/";
        return prefix.Length is > 1 and <= 200 && prefix.All(c => c is > ' ' and < '\x7f')
            ? prefix
            : throw Usage($"--etcd-prefix must be 1 to 200 printable characters, not \"{text}\"");
    }

    private static StartupException Usage(string sentence) => new(ExitCode.Usage, sentence);
}
