using Konsul.Mesh.State.Commands;
using static Konsul.Mesh.State.Tests.StoreFixture;

namespace Konsul.Mesh.State.Tests.Authority;

public sealed class CaTests
{
    private readonly StoreFixture _fixture = new();

    [Fact]
    public void InitializeCa_Twice_TheFirstWins()
    {
        var cluster = Guid.NewGuid();
        _fixture.Do(new InitializeCa { ClusterId = cluster, Roots = [Root("r1")] });

        var second = _fixture.Try(new InitializeCa { ClusterId = Guid.NewGuid(), Roots = [Root("r2")] });

        Assert.Equal(ApplyFailure.Conflict, second.Failure);
        Assert.Equal((cluster, "r1"), (_fixture.View.Ca!.ClusterId, _fixture.View.Ca.Active.Id));
        Assert.Equal(new byte[] { 4, 5 }, _fixture.View.Ca.Active.SealedKey.ToArray());
    }

    [Fact]
    public void SetRoots_AgainstAnOldIndex_IsAConflict()
    {
        _fixture.Do(new InitializeCa { ClusterId = Guid.NewGuid(), Roots = [Root("r1")] });
        var seen = _fixture.View.Ca!.Index;

        _fixture.Do(new SetRoots { Roots = [Root("r1", active: false), Root("r2")], Cas = seen });
        var late = _fixture.Try(new SetRoots { Roots = [Root("r3")], Cas = seen });

        Assert.Equal(ApplyFailure.Conflict, late.Failure);
        Assert.Equal(["r2", "r1"], _fixture.View.Ca.Roots.Select(r => r.Id));
        Assert.Equal(seen, _fixture.View.Ca.Roots[1].CreateIndex);
        Assert.Equal(_fixture.Index - 1, _fixture.View.Ca.Index);
    }

    [Fact]
    public void SetRoots_NoneOrTwoActive_IsRefused()
    {
        Assert.Equal(ApplyFailure.Invalid, _fixture.Try(new InitializeCa { ClusterId = Guid.NewGuid(), Roots = [Root("a"), Root("b")] }).Failure);
        Assert.Equal(ApplyFailure.Invalid, _fixture.Try(new InitializeCa { ClusterId = Guid.NewGuid(), Roots = [] }).Failure);
        Assert.Equal(ApplyFailure.Invalid, _fixture.Try(new InitializeCa { ClusterId = Guid.Empty, Roots = [Root("a")] }).Failure);
        Assert.Equal(ApplyFailure.NotFound, _fixture.Try(new SetRoots { Roots = [Root("a")], Cas = 0 }).Failure);
        Assert.Null(_fixture.View.Ca);
    }
}
