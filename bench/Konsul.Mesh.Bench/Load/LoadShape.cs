using Konsul.Mesh.Bench.Pairs;

namespace Konsul.Mesh.Bench.Load;

/// <summary>So many keep-alive connections, each asking for the same body again as soon as it has it (closed loop).</summary>
internal sealed record LoadShape(int Connections, Body Body)
{
    public static readonly IReadOnlyList<LoadShape> All = [new(64, Body.Small), new(1, Body.Small), new(64, Body.Large), new(1, Body.Large)];

    public string Name => $"{Connections} conn, {Body.Name}";
}
