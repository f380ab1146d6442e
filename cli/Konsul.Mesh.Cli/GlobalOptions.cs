using System.CommandLine;

namespace Konsul.Mesh.Cli;

/// <summary>Options of every verb. Flag beats KONSUL_* beats CONSUL_* beats default.</summary>
internal static class GlobalOptions
{
    public static readonly Option<string?> Address = new("--address", "--http-addr")
    {
        Description = "Server's HTTP API (KONSUL_ADDRESS, CONSUL_HTTP_ADDR) [default: http://127.0.0.1:8500]",
        HelpName = "URL",
        Recursive = true,
    };

    public static readonly Option<string?> Token = new("--token")
    {
        Description = "ACL token (KONSUL_TOKEN, CONSUL_HTTP_TOKEN)",
        HelpName = "TOKEN",
        Recursive = true,
    };

    public static readonly Option<string?> TokenFile = new("--token-file")
    {
        Description = "File that holds the ACL token (KONSUL_TOKEN_FILE, CONSUL_HTTP_TOKEN_FILE)",
        HelpName = "FILE",
        Recursive = true,
    };

    public static readonly Option<string?> Namespace = new("--namespace", "-n")
    {
        Description = "Namespace (KONSUL_NAMESPACE, CONSUL_NAMESPACE) [default: default]",
        HelpName = "NAME",
        Recursive = true,
    };

    public static readonly Option<string?> Timeout = new("--timeout")
    {
        Description = "Give up after this long, e.g. 500ms, 10s, 2m [default: 10s]",
        HelpName = "DURATION",
        Recursive = true,
    };

    public static readonly Option<string?> Output = new("--output", "-o", "--format")
    {
        Description = "Form of the result: table, wide, json, yaml, name [default: table]",
        HelpName = "FORMAT",
        Recursive = true,
    };

    public static readonly Option<bool> NoHeaders = new("--no-headers")
    {
        Description = "Tables without their header line",
        Recursive = true,
    };

    public static readonly Option<string?> Color = new("--color")
    {
        Description = "auto, always or never (NO_COLOR) [default: auto]",
        HelpName = "WHEN",
        Recursive = true,
    };

    public static readonly Option<bool> Quiet = new("--quiet", "-q")
    {
        Description = "No messages on standard error but errors",
        Recursive = true,
    };

    public static readonly Option<bool> Verbose = new("--verbose", "-v")
    {
        Description = "Show each request on standard error",
        Recursive = true,
    };

    public static IReadOnlyList<Option> All { get; } =
        [Address, Token, TokenFile, Namespace, Timeout, Output, NoHeaders, Color, Quiet, Verbose];
}
