namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>An answer that sends the client elsewhere; what is empty stays as in the request.</summary>
public sealed record ServiceRouteRedirect
{
    /// <summary>http or https.</summary>
    public string Scheme { get; init => field = value ?? ""; } = "";

    public string Host { get; init => field = value ?? ""; } = "";

    /// <summary>0 keeps the port.</summary>
    public int Port { get; init; }

    /// <summary>The whole new path; not together with PathPrefix.</summary>
    public string Path { get; init => field = value ?? ""; } = "";

    /// <summary>Takes the place of the matched prefix.</summary>
    public string PathPrefix { get; init => field = value ?? ""; } = "";

    /// <summary>301, 302, 303, 307 or 308; 0 for 302.</summary>
    public int StatusCode { get; init; }
}
