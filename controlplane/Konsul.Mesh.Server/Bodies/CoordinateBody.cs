using System.Collections.Immutable;
using System.Text.Json;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.Bodies;

/// <summary>What <c>/v1/coordinate/update</c> takes.</summary>
internal sealed class CoordinateBody
{
    private string _node = "";
    private string _segment = "";
    private CoordBody? _coord;

    public static JsonShape<CoordinateBody> Shape { get; } = new JsonShape<CoordinateBody>(() => new CoordinateBody())
        .Add("Node", static (ref r, d, p) => d._node = JsonValues.String(ref r, p))
        .Add("Segment", static (ref r, d, p) => d._segment = JsonValues.String(ref r, p))
        .Add("Coord", static (ref r, d, p) => d._coord = CoordBody.Shape.Read(ref r, p))
        .Ignore("Datacenter", "WriteRequest", "Partition");

    /// <exception cref="DecodeException">Something that it needs is missing.</exception>
    public NetworkCoordinate ToCoordinate()
    {
        if (_node.Length == 0)
            throw new DecodeException("field \"Node\" must be set");
        if (_coord is not { Vector.Length: NetworkCoordinate.Dimensions } coord)
            throw new DecodeException($"field \"Coord.Vec\" wants {NetworkCoordinate.Dimensions} numbers");
        return new NetworkCoordinate
        {
            Node = _node,
            Segment = _segment,
            Vector = coord.Vector,
            Error = coord.Error,
            Adjustment = coord.Adjustment,
            Height = coord.Height,
        };
    }

    private sealed class CoordBody
    {
        public ImmutableArray<double> Vector { get; private set; } = [];

        public double Error { get; private set; }

        public double Adjustment { get; private set; }

        public double Height { get; private set; }

        public static JsonShape<CoordBody> Shape { get; } = new JsonShape<CoordBody>(() => new CoordBody())
            .Add("Vec", static (ref r, d, p) => d.Vector = JsonValues.List(ref r, p, Number))
            .Add("Error", static (ref r, d, p) => d.Error = Number(ref r, p))
            .Add("Adjustment", static (ref r, d, p) => d.Adjustment = Number(ref r, p))
            .Add("Height", static (ref r, d, p) => d.Height = Number(ref r, p));

        private static double Number(ref Utf8JsonReader reader, string path) =>
            reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var value) && double.IsFinite(value)
                ? value
                : throw JsonValues.Wrong(ref reader, path, "a number");
    }
}
