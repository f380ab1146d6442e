namespace Konsul.Mesh.Raft;

/// <summary>The same seed gives the same draws, on every machine (SplitMix64). A host draws the seed at start.</summary>
public sealed class SeededJitter(ulong seed) : IJitter
{
    private ulong _state = seed;

    public int Next(int limit)
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (int)((mixed ^ (mixed >> 31)) % (ulong)limit);
    }
}
