namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>How redirected traffic is taken in.</summary>
public sealed record TransparentProxyConfig
{
    /// <summary>0 for the default of 15001.</summary>
    public int OutboundListenerPort { get; init; }

    /// <summary>Instances may be dialled by their own address.</summary>
    public bool DialedDirectly { get; init; }
}
