namespace Konsul.Mesh.Simulation.Engine;

/// <summary>Chance from a seed: xoshiro256**, the same on every machine and runtime.</summary>
internal sealed class Dice
{
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    public Dice(ulong seed)
    {
        // SplitMix64 spreads the seed, as the authors of xoshiro advise.
        (_a, _b, _c, _d) = (Spread(ref seed), Spread(ref seed), Spread(ref seed), Spread(ref seed));
    }

    public ulong Next64()
    {
        var result = ulong.RotateLeft(_b * 5, 7) * 9;
        var t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = ulong.RotateLeft(_d, 45);
        return result;
    }

    /// <returns>0 up to but without <paramref name="limit"/>.</returns>
    public int Next(int limit) => (int)(Math.BigMul(Next64(), (ulong)limit, out _) & int.MaxValue);

    /// <returns>Both ends included.</returns>
    public int Between(int low, int high) => low + Next(high - low + 1);

    /// <returns>A time from <paramref name="low"/> to <paramref name="high"/>, mostly near the low end.</returns>
    public long Time(long low, long high)
    {
        var part = Next64() >> 11;
        var fraction = part * (1.0 / (1UL << 53));
        return low + (long)((high - low) * fraction * fraction);
    }

    public bool Chance(double probability) => (Next64() >> 11) * (1.0 / (1UL << 53)) < probability;

    public T Of<T>(IReadOnlyList<T> items) => items[Next(items.Count)];

    /// <summary>Independent dice whose throws do not change these.</summary>
    public Dice Fork() => new(Next64());

    private static ulong Spread(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
