namespace Konsul.Mesh.State.Authority;

/// <summary>How certificates are issued, as an operator has set it. Null leaves a value to the options of each server.</summary>
public sealed record CaConfig
{
    public TimeSpan? LeafCertTtl { get; init; }

    public TimeSpan? RootCertTtl { get; init; }

    /// <summary>Certificates that one server signs per second at most; 0: no limit.</summary>
    public int? CsrMaxPerSecond { get; init; }

    /// <summary>Certificates that one server signs at once at most; 0: what suits its processors.</summary>
    public int? CsrMaxConcurrent { get; init; }

    /// <summary>Of roots made from now on: "ec".</summary>
    public string? PrivateKeyType { get; init; }

    public int? PrivateKeyBits { get; init; }

    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }
}
