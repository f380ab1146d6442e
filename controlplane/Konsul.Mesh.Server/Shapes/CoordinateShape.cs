using System.Text.Json;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.State;

namespace Konsul.Mesh.Server.Shapes;

/// <summary>Where nodes lie. Nothing is measured between servers, so one that nobody placed is shown at the origin: clients want to find it.</summary>
internal static class CoordinateShape
{
    public static NetworkCoordinate OfNode(StateView view, string node) => view.Network.Of(node).FirstOrDefault() ?? Origin(node);

    public static NetworkCoordinate Origin(string node) => new() { Node = node, Vector = [.. new double[NetworkCoordinate.Dimensions]] };

    public static void Write(Utf8JsonWriter w, NetworkCoordinate coordinate)
    {
        w.WriteStartObject();
        w.WriteString("Node", coordinate.Node);
        w.WriteString("Segment", coordinate.Segment);
        w.WritePropertyName("Coord");
        WriteCoord(w, coordinate);
        w.WriteEndObject();
    }

    public static void WriteCoord(Utf8JsonWriter w, NetworkCoordinate coordinate)
    {
        w.WriteStartObject();
        w.WritePropertyName("Vec");
        w.WriteList(coordinate.Vector, static (writer, number) => writer.WriteNumberValue(number));
        w.WriteNumber("Error", coordinate.Error);
        w.WriteNumber("Adjustment", coordinate.Adjustment);
        w.WriteNumber("Height", coordinate.Height);
        w.WriteEndObject();
    }
}
