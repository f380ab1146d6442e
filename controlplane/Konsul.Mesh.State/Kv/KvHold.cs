namespace Konsul.Mesh.State.Kv;

/// <summary>What few keys have: a lock, now or before, and a life.</summary>
internal sealed record KvHold(ulong LockIndex, string Session, TimeSpan Ttl)
{
    /// <summary>Null when there is nothing to hold.</summary>
    public static KvHold? Of(ulong lockIndex, string session, TimeSpan ttl) =>
        lockIndex == 0 && session.Length == 0 && ttl == TimeSpan.Zero ? null : new KvHold(lockIndex, session, ttl);
}
