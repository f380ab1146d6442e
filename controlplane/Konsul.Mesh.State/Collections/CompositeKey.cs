namespace Konsul.Mesh.State.Collections;

/// <summary>Up to three strings, compared ordinally from the left; unused parts are empty.</summary>
internal readonly record struct CompositeKey(string First, string Second, string Third = "")
{
    public static IComparer<CompositeKey> Order { get; } = Comparer<CompositeKey>.Create(static (a, b) =>
    {
        var order = string.CompareOrdinal(a.First, b.First);
        order = order != 0 ? order : string.CompareOrdinal(a.Second, b.Second);
        return order != 0 ? order : string.CompareOrdinal(a.Third, b.Third);
    });
}
