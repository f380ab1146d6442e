namespace Konsul.Mesh.Demo;

/// <summary>One claim that the demo proves.</summary>
internal interface IDemoStep
{
    /// <summary>The claim, as a sentence without a full stop.</summary>
    string Claim { get; }

    /// <summary>Proves it and returns the evidence, a line each.</summary>
    /// <exception cref="StepFailedException">The claim did not hold.</exception>
    Task<IReadOnlyList<string>> ProveAsync(DemoMesh mesh, CancellationToken cancellation);
}
