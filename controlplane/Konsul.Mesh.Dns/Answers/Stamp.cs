using Konsul.Mesh.State;

namespace Konsul.Mesh.Dns.Answers;

/// <summary>What an answer was made from: it holds for as long as that has not changed.</summary>
/// <param name="On">What it depends on.</param>
/// <param name="Name">Of the service or node.</param>
/// <param name="Index">When that last changed.</param>
/// <param name="Offset">See <see cref="StateView.IndexOffset"/>: a restore makes everything new.</param>
internal readonly record struct Stamp(StampKind On, string Name, ulong Index, ulong Offset)
{
    public static Stamp Fixed { get; } = new(StampKind.Nothing, "", 0, 0);

    public static Stamp Of(StateView view, StampKind on, string name = "") => new(on, name, Read(view, on, name), view.IndexOffset);

    public bool HoldsFor(StateView view) => On == StampKind.Nothing || (Offset == view.IndexOffset && Index == Read(view, On, Name));

    private static ulong Read(StateView view, StampKind on, string name) => on switch
    {
        StampKind.Service => view.Catalog.ServiceIndex(name),
        StampKind.Connect => view.Catalog.ConnectIndex(name),
        StampKind.Node => view.Catalog.NodeIndex(name),
        StampKind.Catalog => Math.Max(view.Catalog.NodesIndex, view.Catalog.ServicesIndex),
        StampKind.Everything => view.Index,
        _ => 0,
    };
}
