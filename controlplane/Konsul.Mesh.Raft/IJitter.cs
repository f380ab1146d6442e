namespace Konsul.Mesh.Raft;

/// <summary>The only source of chance: spreads the elections of different nodes. A test gives a seeded one.</summary>
public interface IJitter
{
    /// <returns>From 0 up to but without <paramref name="limit"/>, which is at least 1.</returns>
    int Next(int limit);
}
