using Konsul.Mesh.Model.Kv;
using Konsul.Mesh.Model.Sessions;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Deadlines;
using static Konsul.Mesh.State.Tests.StoreFixture;

namespace Konsul.Mesh.State.Tests.Kv;

public sealed class KvLockTests
{
    private readonly StoreFixture _fixture = new();

    public KvLockTests()
    {
        _fixture.Do(new Register { Node = NodeOf() });
        foreach (var id in (string[])["a", "b"])
        {
            _fixture.Do(new CreateSession { Session = new Session { Id = id, Node = "n1", LockDelay = TimeSpan.FromSeconds(15) } });
        }
    }

    private KvEntry Entry => _fixture.View.Kv.Get("k")!;

    [Fact]
    public void Lock_FreeHeldOwn_CountsOnlyNewHolders()
    {
        Assert.True(Lock("a", "1"));
        Assert.Equal(("a", 1UL, 1UL), (Entry.Session, Entry.LockIndex, Entry.Flags));
        Assert.False(Lock("b", "2"));
        Assert.True(Lock("a", "3"));
        Assert.Equal((1UL, "3"), (Entry.LockIndex, System.Text.Encoding.UTF8.GetString(Entry.Value.Span)));
        Assert.True(Unlock("a", "4"));
        Assert.Equal(("", 1UL), (Entry.Session, Entry.LockIndex));
        Assert.True(Lock("b", "5"));
        Assert.Equal(("b", 2UL), (Entry.Session, Entry.LockIndex));
    }

    [Fact]
    public void Lock_AgainWithTheSameValue_ChangesNothing()
    {
        Lock("a", "1");

        Assert.False(_fixture.Do(new KvLock { Key = "k", Value = "1"u8.ToArray(), Flags = 1, Session = "a" }).Changed);
    }

    [Fact]
    public void Lock_NoSuchSession_IsRefusedInWordsThatPatroniKnows()
    {
        var result = _fixture.Try(new KvLock { Key = "k", Session = "ghost" });

        Assert.StartsWith("invalid session", result.Reason, StringComparison.Ordinal);
        Assert.Null(_fixture.View.Kv.Get("k"));
        Assert.Equal("missing session", _fixture.Try(new KvLock { Key = "k", Session = "" }).Reason);
    }

    [Fact]
    public void Unlock_NotHeldOrByAnother_IsLost()
    {
        Assert.False(Unlock("a", "1"));
        Lock("a", "1");
        Assert.False(Unlock("b", "2"));
        Assert.Equal("a", Entry.Session);
    }

    [Fact]
    public void SetAndCas_OnALockedKey_KeepTheLock()
    {
        Lock("a", "1");
        _fixture.Set("k", "2");
        _fixture.Set("k", "3", cas: Entry.ModifyIndex);

        Assert.Equal(("a", 1UL), (Entry.Session, Entry.LockIndex));
        _fixture.Do(new DestroySession { Key = "a" });
        Assert.Equal("", Entry.Session);
    }

    [Fact]
    public void LockDelay_AfterTheHolderHasEnded_RefusesAllUntilItIsOver()
    {
        Lock("a", "1");
        _fixture.Do(new DestroySession { Key = "a" });

        Assert.False(Lock("b", "2"));
        var delay = Assert.Single(_fixture.View.Deadlines);
        Assert.Equal((DeadlineKind.LockDelay, "k", TimeSpan.FromSeconds(15)), (delay.Kind, delay.Key, delay.After));
        _fixture.Do(new Expire { Due = [delay] });
        Assert.True(Lock("b", "2"));
        Assert.Equal(2UL, Entry.LockIndex);
    }

    [Fact]
    public void LockDelay_LockGivenBack_IsNone()
    {
        Lock("a", "1");
        Unlock("a", "1");
        _fixture.Do(new DestroySession { Key = "a" });

        Assert.True(Lock("b", "2"));
    }

    [Fact]
    public void Delete_OfALockedKeyAlsoInATree_FreesTheSessionOfIt()
    {
        Lock("a", "1");
        _fixture.Do(new KvDelete { Key = "k" });
        Lock("a", "1");
        _fixture.Do(new KvDelete { Key = "", Recurse = true });

        Assert.True(_fixture.View.Sessions.Tables.Held.IsEmpty);
        _fixture.Do(new DestroySession { Key = "a" });
        Assert.Empty(_fixture.View.Deadlines);
    }

    private bool Lock(string session, string value) =>
        _fixture.Do(new KvLock { Key = "k", Value = System.Text.Encoding.UTF8.GetBytes(value), Flags = 1, Session = session }).CasHeld;

    private bool Unlock(string session, string value) =>
        _fixture.Do(new KvUnlock { Key = "k", Value = System.Text.Encoding.UTF8.GetBytes(value), Session = session }).CasHeld;
}
