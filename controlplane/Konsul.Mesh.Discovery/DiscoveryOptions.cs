namespace Konsul.Mesh.Discovery;

public sealed record DiscoveryOptions
{
    /// <summary>The datacenter whose catalog this server holds.</summary>
    public required string Datacenter { get; init; }

    /// <summary>The catalog node of proxies that name none.</summary>
    public required string NodeName { get; init; }

    /// <summary>What holds where no intention matches.</summary>
    public bool DefaultAllow { get; init; }

    /// <summary>How long a stream waits for its proxy's registration before it ends with NOT_FOUND.</summary>
    public TimeSpan RegistrationWait { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Shortest time between two looks at the state for one stream; a burst of changes becomes one push.</summary>
    public TimeSpan Coalesce { get; init; } = TimeSpan.FromMilliseconds(10);
}
