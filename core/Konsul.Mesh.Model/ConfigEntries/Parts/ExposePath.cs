namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>One path of the app that is reachable without mTLS.</summary>
public sealed record ExposePath
{
    public int ListenerPort { get; init; }

    public string Path { get; init => field = value ?? ""; } = "";

    public int LocalPathPort { get; init; }

    /// <summary>http or http2; empty for http.</summary>
    public string Protocol { get; init => field = value ?? ""; } = "";

    public bool ParsedFromCheck { get; init; }
}
