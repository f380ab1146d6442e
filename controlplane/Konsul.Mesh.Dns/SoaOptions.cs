namespace Konsul.Mesh.Dns;

/// <summary>The zones' start of authority (RFC 1035 3.3.13).</summary>
public sealed record SoaOptions
{
    public TimeSpan Refresh { get; init; } = TimeSpan.FromHours(1);

    public TimeSpan Retry { get; init; } = TimeSpan.FromMinutes(10);

    public TimeSpan Expire { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How long "there is no such name" may be kept.</summary>
    public TimeSpan MinTtl { get; init; }
}
