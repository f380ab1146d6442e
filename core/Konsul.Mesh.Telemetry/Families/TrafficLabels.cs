namespace Konsul.Mesh.Telemetry.Families;

/// <summary>Who talks to whom, as proven by certificates and configuration; nothing in it is text that a client chose.</summary>
public sealed record TrafficLabels
{
    public required Reporter Reporter { get; init; }

    public required string SourceService { get; init; }

    public string SourceNamespace { get; init; } = "default";

    /// <summary>SPIFFE id; empty where the source did not have to prove one.</summary>
    public string SourcePrincipal { get; init; } = "";

    public required string DestinationService { get; init; }

    public string DestinationNamespace { get; init; } = "default";

    /// <summary><c>http</c>, <c>http2</c>, <c>grpc</c> or <c>tcp</c>.</summary>
    public required string Protocol { get; init; }

    /// <summary>Whether the hop between the sidecars is mutual TLS.</summary>
    public bool MutualTls { get; init; } = true;

    internal string ReporterText => Reporter == Reporter.Source ? "source" : "destination";

    internal string SecurityText => MutualTls ? "mutual_tls" : "none";
}
