namespace Konsul.Mesh.TestKit.Linearizability.Search;

/// <summary>What all searches of a check may remember together, in bytes.</summary>
internal sealed class CacheBudget(long bytes)
{
    private long _left = bytes;

    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _left, -bytes) >= 0)
        {
            return true;
        }

        GiveBack(bytes);
        return false;
    }

    public void GiveBack(long bytes) => Interlocked.Add(ref _left, bytes);
}
