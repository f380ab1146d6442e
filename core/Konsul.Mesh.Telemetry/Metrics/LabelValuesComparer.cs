namespace Konsul.Mesh.Telemetry.Metrics;

/// <summary>Looks label values up by span, so that resolving a known series allocates nothing.</summary>
internal sealed class LabelValuesComparer : IEqualityComparer<string[]>, IAlternateEqualityComparer<ReadOnlySpan<string>, string[]>
{
    public bool Equals(string[]? x, string[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(string[] values) => GetHashCode(values.AsSpan());

    public bool Equals(ReadOnlySpan<string> alternate, string[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(ReadOnlySpan<string> values)
    {
        var hash = default(HashCode);
        foreach (var value in values)
        {
            hash.Add(value);
        }

        return hash.ToHashCode();
    }

    public string[] Create(ReadOnlySpan<string> values) => values.ToArray();
}
