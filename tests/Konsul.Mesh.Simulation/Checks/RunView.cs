namespace Konsul.Mesh.Simulation.Checks;

/// <summary>What was seen of one run of a server, to compare the next look with.</summary>
internal sealed class RunView
{
    public ulong Term { get; set; }

    public ulong Commit { get; set; }

    /// <summary>0 unless it leads.</summary>
    public ulong LeadingTerm { get; set; }

    /// <summary>Of its log, while it leads.</summary>
    public ulong LastIndex { get; set; }

    public ConfState? Members { get; set; }

    /// <summary>Terms of the entries that its storage had shown, by index.</summary>
    public Dictionary<ulong, ulong> Stored { get; } = [];

    public ulong StoredLast { get; set; }
}
