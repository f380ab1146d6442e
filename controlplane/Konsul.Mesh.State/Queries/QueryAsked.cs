namespace Konsul.Mesh.State.Queries;

/// <summary>What the asker of a prepared query adds to it.</summary>
public sealed record QueryAsked
{
    /// <summary>This server's datacenter.</summary>
    public required string Datacenter { get; init; }

    /// <summary>The catalog node that stands for the asker; what <c>_agent</c> means.</summary>
    public string OwnNode { get; init; } = "";

    /// <summary>Beats the query's own; empty keeps it.</summary>
    public string Near { get; init; } = "";

    /// <summary>At most so many instances; 0 for all.</summary>
    public int Limit { get; init; }

    /// <summary>Ask for what accepts mTLS for the service, whatever the query says.</summary>
    public bool Connect { get; init; }
}
