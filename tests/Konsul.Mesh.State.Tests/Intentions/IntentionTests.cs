using FsCheck;
using FsCheck.Fluent;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Intentions;
using static Konsul.Mesh.State.Tests.StoreFixture;

namespace Konsul.Mesh.State.Tests.Intentions;

public sealed class IntentionTests
{
    private readonly StoreFixture _fixture = new();

    private IntentionView Intentions => _fixture.View.Intentions;

    [Fact]
    public void All_WrittenInAnyOrder_SortsByPrecedenceThenNames()
    {
        foreach (var (source, destination) in new[] { ("*", "*"), ("web", "*"), ("b", "api"), ("*", "api"), ("a", "api"), ("a", "aaa") })
        {
            _fixture.Do(new UpsertIntention { Intention = IntentionOf(source, destination) });
        }

        Assert.Equal(["a>aaa", "a>api", "b>api", "*>api", "web>*", "*>*"], Intentions.All.Select(i => i.Id));
        Assert.Equal(["a>api", "b>api", "*>api", "web>*", "*>*"], Intentions.ForDestination("api").Select(i => i.Id));
        Assert.Equal(["*>api", "web>*", "*>*"], Intentions.ForSource("web").Select(i => i.Id));
        Assert.Equal("web>*", Intentions.Get("web", "*")!.Id);
    }

    [Fact]
    public void Upsert_ExistingPair_KeepsIdAndCreation()
    {
        _fixture.Do(new UpsertIntention { Intention = IntentionOf("web", "api", id: "one") });
        var created = _fixture.Index;

        var result = _fixture.Do(new UpsertIntention { Intention = IntentionOf("web", "api", IntentionAction.Allow, id: "two") });

        var intention = Assert.Single(Intentions.All);
        Assert.Equal(("one", "one", created, _fixture.Index), (result.IntentionId, intention.Id, intention.CreateIndex, intention.ModifyIndex));
        Assert.Equal(IntentionAction.Allow, Intentions.ById("one")!.Action);
        Assert.Null(Intentions.ById("two"));
    }

    [Fact]
    public void Upsert_SameRuleWithOtherTimes_ChangesNothing()
    {
        _fixture.Do(new UpsertIntention { Intention = IntentionOf("web", "api") });

        var result = _fixture.Do(new UpsertIntention { Intention = IntentionOf("web", "api", id: "x") with { UpdatedAt = DateTimeOffset.MaxValue } });

        Assert.False(result.Changed);
        Assert.Equal("web>api", result.IntentionId);
    }

    [Fact]
    public void Upsert_IdOfAnotherPair_MovesIt()
    {
        _fixture.Do(new UpsertIntention { Intention = IntentionOf("web", "api", id: "one") });

        _fixture.Do(new UpsertIntention { Intention = IntentionOf("web", "db", id: "one") });

        Assert.Equal(("web", "db"), (Assert.Single(Intentions.All).SourceName, Intentions.ById("one")!.DestinationName));
    }

    [Fact]
    public void Upsert_CreateOnlyOfExisting_IsAConflict()
    {
        _fixture.Do(new UpsertIntention { Intention = IntentionOf("web", "api") });

        var result = _fixture.Try(new UpsertIntention { Intention = IntentionOf("web", "api", IntentionAction.Allow), CreateOnly = true });

        Assert.Equal(ApplyFailure.Conflict, result.Failure);
        Assert.Equal(IntentionAction.Deny, Assert.Single(Intentions.All).Action);
    }

    [Fact]
    public void Delete_ByIdAndByPair_RemovesExactlyThat()
    {
        _fixture.Do(new UpsertIntention { Intention = IntentionOf("web", "api", id: "one") });
        _fixture.Do(new UpsertIntention { Intention = IntentionOf("web", "db", id: "two") });
        _fixture.Do(new UpsertIntention { Intention = IntentionOf("*", "db", id: "three") });

        _fixture.Do(new DeleteIntention { Id = "one" });
        _fixture.Do(new DeleteIntention { SourceName = "*", DestinationName = "db" });

        Assert.Equal("two", Assert.Single(Intentions.All).Id);
        Assert.False(_fixture.Do(new DeleteIntention { Id = "one" }).Changed);
    }

    [Fact]
    public void ForDestination_RandomTables_CompilesToTheSameDecisionAsAllIntentions()
    {
        var name = Gen.Elements("*", "a", "b", "c");
        var intention = name.SelectMany(s => name.SelectMany(d => Gen.Elements(IntentionAction.Allow, IntentionAction.Deny).Select(a => IntentionOf(s, d, a))));

        Prop.ForAll(Gen.ListOf(intention).ToArbitrary(), Gen.Elements("a", "b", "c").ToArbitrary(), (list, destination) =>
        {
            var fixture = new StoreFixture();
            foreach (var each in list)
            {
                fixture.Do(new UpsertIntention { Intention = each });
            }

            var view = fixture.View.Intentions;
            var few = IntentionPolicy.Compile(destination, view.ForDestination(destination), IntentionAction.Allow);
            var all = IntentionPolicy.Compile(destination, list.GroupBy(i => i.Id).Select(g => g.Last()), IntentionAction.Allow);
            return new[] { "a", "b", "c", "z" }.All(source => few.Decide(source) == all.Decide(source));
        }).Check(Config.QuickThrowOnFailure);
    }
}
