using Konsul.Mesh.Bench.Pairs;
using Konsul.Mesh.Bench.Report;

namespace Konsul.Mesh.Bench.Control;

/// <summary>One question about one server; it is started anew for each.</summary>
internal sealed record ControlPart(
    string Name, IReadOnlyList<string> Programs,
    Func<BenchOptions, KonsulServer, string, TimeProvider, TextWriter, CancellationToken, Task<IReadOnlyList<FigureRow>>> Measure);
