namespace Konsul.Mesh.Identity;

public sealed record IdentityOptions
{
    /// <summary>How long one attempt to get a certificate may take. Default 10 s.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Where leaf, key and bundle are kept over restarts, so that the proxy can start without a control plane; the key then lies on
    /// that disk, readable by its owner only. Default null: nothing leaves the process's memory.</summary>
    public string? CacheDirectory { get; init; }

    /// <summary>Names the entry in the cache: the proxy's id in the catalog.</summary>
    public string CacheOwner { get; init; } = "";
}
