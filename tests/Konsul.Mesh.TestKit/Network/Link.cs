namespace Konsul.Mesh.TestKit.Network;

/// <summary>One direction between two sites of a <see cref="NetworkNamespaces"/>, by their numbers from 0.</summary>
public readonly record struct Link(int From, int To)
{
    /// <summary>Both directions between <paramref name="one"/> and every other one of so many.</summary>
    public static Link[] Around(int one, int sites) => [.. OutOf(one, sites), .. Into(one, sites)];

    /// <summary>What <paramref name="one"/> sends.</summary>
    public static Link[] OutOf(int one, int sites) => [.. Others(one, sites).Select(o => new Link(one, o))];

    /// <summary>What <paramref name="one"/> receives.</summary>
    public static Link[] Into(int one, int sites) => [.. Others(one, sites).Select(o => new Link(o, one))];

    public static Link[] Between(int a, int b) => [new Link(a, b), new Link(b, a)];

    public static Link[] All(int sites) => [.. Enumerable.Range(0, sites).SelectMany(one => OutOf(one, sites))];

    private static IEnumerable<int> Others(int one, int sites) => Enumerable.Range(0, sites).Where(o => o != one);
}
