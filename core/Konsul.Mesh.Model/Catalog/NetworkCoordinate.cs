using System.Collections.Immutable;

namespace Konsul.Mesh.Model.Catalog;

/// <summary>Where a node lies in the network, after Vivaldi (Dabek et al. 2004) with height and adjustment: the distance of two is the estimate of
/// their round trip, in seconds. Its key is (Node, Segment).</summary>
public sealed record NetworkCoordinate
{
    /// <summary>As many dimensions as clients use.</summary>
    public const int Dimensions = 8;

    public required string Node { get; init; }

    public string Segment { get; init; } = "";

    /// <summary>Seconds.</summary>
    public required ImmutableArray<double> Vector { get; init; }

    /// <summary>How little it is to be trusted; no unit.</summary>
    public double Error { get; init; } = 1.5;

    /// <summary>Seconds.</summary>
    public double Adjustment { get; init; }

    /// <summary>Seconds.</summary>
    public double Height { get; init; } = 1e-5;

    public ulong ModifyIndex { get; init; }

    /// <summary>The estimated round trip, seconds; an adjustment that would make it negative is left out.</summary>
    public double DistanceTo(NetworkCoordinate other)
    {
        var squares = 0.0;
        for (var i = 0; i < Vector.Length && i < other.Vector.Length; i++)
        {
            var difference = Vector[i] - other.Vector[i];
            squares += difference * difference;
        }

        var distance = Math.Sqrt(squares) + Height + other.Height;
        var adjusted = distance + Adjustment + other.Adjustment;
        return adjusted > 0 ? adjusted : distance;
    }
}
