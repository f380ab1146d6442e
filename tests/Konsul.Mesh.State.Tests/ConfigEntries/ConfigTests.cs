using System.Text;
using Konsul.Mesh.Model.ConfigEntries;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Events;
using static Konsul.Mesh.State.Tests.StoreFixture;

namespace Konsul.Mesh.State.Tests.ConfigEntries;

public sealed class ConfigTests
{
    private const string Http = """{"Kind":"service-defaults","Name":"web","Protocol":"http"}""";
    private const string Splitter = """{"Kind":"service-splitter","Name":"web","Splits":[{"Weight":100}]}""";
    private readonly StoreFixture _fixture = new();

    [Fact]
    public void Set_NewAndChanged_KeepsCreateIndexAndMovesTheKinds()
    {
        var created = Set(Http).Index;
        var changed = Set("""{"Kind":"service-defaults","Name":"web","Protocol":"grpc"}""").Index;

        var entry = Assert.IsType<ServiceDefaults>(_fixture.View.Config.Find("service-defaults", "web"));
        Assert.Equal((created, changed, "grpc"), (entry.CreateIndex, entry.ModifyIndex, entry.Protocol));
        Assert.Equal(changed, _fixture.View.Config.IndexOf("service-defaults"));
        Assert.Equal(1UL, _fixture.View.Config.IndexOf("service-router"));
    }

    [Fact]
    public void Set_Identical_ChangesNothing()
    {
        Set(Http);

        Assert.False(Set(Http).Changed);
        Assert.Single(_fixture.View.Config.OfKind("service-defaults"));
    }

    [Fact]
    public void SetAndDelete_Cas_HoldOnlyAtTheRightIndex()
    {
        Assert.False(Set(Http, cas: 7).CasHeld);
        Assert.True(Set(Http, cas: 0).CasHeld);
        var index = _fixture.View.Config.Find("service-defaults", "web")!.ModifyIndex;
        Assert.False(Set("""{"Kind":"service-defaults","Name":"web"}""", cas: 0).CasHeld);
        Assert.True(Set("""{"Kind":"service-defaults","Name":"web"}""", cas: index).CasHeld);

        Assert.False(_fixture.Do(new DeleteConfigEntry { Kind = "service-defaults", Name = "web", Cas = index }).CasHeld);
        Assert.False(_fixture.Do(new DeleteConfigEntry { Kind = "service-defaults", Name = "none", Cas = 1 }).CasHeld);
        Assert.True(_fixture.Do(new DeleteConfigEntry { Kind = "service-defaults", Name = "web", Cas = _fixture.View.Config.Find("service-defaults", "web")!.ModifyIndex }).CasHeld);
        Assert.Null(_fixture.View.Config.Find("service-defaults", "web"));
    }

    [Fact]
    public void Set_AgainstACommonRule_IsRefusedAndChangesNothing()
    {
        var before = _fixture.Hash();

        var result = Try(Splitter);

        Assert.Equal(ApplyFailure.Invalid, result.Failure);
        Assert.Contains("does not permit advanced routing", result.Reason, StringComparison.Ordinal);
        Assert.Equal(before, _fixture.Hash());
    }

    [Fact]
    public void Delete_EntryThatOthersNeed_IsRefused()
    {
        Set(Http);
        Set(Splitter);

        Assert.Contains("does not permit", Try(new DeleteConfigEntry { Kind = "service-defaults", Name = "web" }).Reason, StringComparison.Ordinal);
        _fixture.Do(new DeleteConfigEntry { Kind = "service-splitter", Name = "web" });
        _fixture.Do(new DeleteConfigEntry { Kind = "service-defaults", Name = "web" });
    }

    [Fact]
    public void Delete_SubsetThatAnotherServiceNames_IsRefused()
    {
        Set("""{"Kind":"service-resolver","Name":"api","Subsets":{"v1":{}}}""");
        Set("""{"Kind":"service-resolver","Name":"web","Redirect":{"Service":"api","ServiceSubset":"v1"}}""");

        Assert.Contains("subset named \"v1\"", Try("""{"Kind":"service-resolver","Name":"api"}""").Reason, StringComparison.Ordinal);
        Assert.Contains("subset named \"v1\"", Try(new DeleteConfigEntry { Kind = "service-resolver", Name = "api" }).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Delete_SubsetThatAnotherServiceNames_IsRefusedAfterARestoreToo()
    {
        Set("""{"Kind":"service-resolver","Name":"api","Subsets":{"v1":{}}}""");
        Set("""{"Kind":"service-resolver","Name":"web","Failover":{"*":{"Service":"api","ServiceSubset":"v1"}}}""");
        using var snapshot = new MemoryStream();
        StateStore.WriteSnapshot(_fixture.View, snapshot);
        snapshot.Position = 0;
        var other = new StateStore();
        other.Restore(snapshot);

        var refused = other.Apply(99, CommandCodec.Encode(new DeleteConfigEntry { Kind = "service-resolver", Name = "api" }));
        other.Apply(100, CommandCodec.Encode(new DeleteConfigEntry { Kind = "service-resolver", Name = "web" }));
        var taken = other.Apply(101, CommandCodec.Encode(new DeleteConfigEntry { Kind = "service-resolver", Name = "api" }));

        Assert.Contains("subset named \"v1\"", refused.Reason, StringComparison.Ordinal);
        Assert.True(taken.Success, taken.Reason);
        Assert.Empty(other.View.Config.LinkedFrom("api"));
    }

    [Fact]
    public void Set_Entry_TouchesItsTopicsOnly()
    {
        using var kind = _fixture.Store.Watch(Topic.ConfigEntries("service-defaults"));
        using var one = _fixture.Store.Watch(Topic.ConfigEntry("service-defaults", "web"));
        using var other = _fixture.Store.Watch(Topic.ConfigEntry("service-defaults", "api"), Topic.ConfigEntries("service-router"), Topic.Intentions);

        Set(Http);

        Assert.True(kind.HasFired);
        Assert.True(one.HasFired);
        Assert.False(other.HasFired);
    }

    [Fact]
    public void SetIntentions_Entry_IsTheIntentionsOfTheDestination()
    {
        Set("""{"Kind":"service-defaults","Name":"api","Protocol":"http"}""");
        _fixture.Do(new UpsertIntention { Intention = IntentionOf("old", "api", IntentionAction.Allow) });

        Set(
            """
            {"Kind":"service-intentions","Name":"api","Meta":{"a":"b"},"Sources":[{"Name":"*","Action":"deny"},
             {"Name":"web","Permissions":[{"Action":"allow","HTTP":{"Methods":["GET"]}}]}]}
            """, ids: ["id-1", "id-2"]);

        Assert.Equal(["web", "*"], _fixture.View.Intentions.All.Select(i => i.SourceName));
        var web = _fixture.View.Intentions.Get("web", "api")!;
        Assert.Equal(("id-2", IntentionAction.Deny), (web.Id, web.Action));
        Assert.Equal("GET", Assert.Single(Assert.Single(web.Permissions).Http!.Methods));
        var entry = Assert.IsType<ServiceIntentions>(_fixture.View.Config.Find("service-intentions", "api"));
        Assert.Equal("b", entry.Meta["a"]);
        Assert.Equal(["*", "web"], entry.Sources.Select(s => s.Name));
        Assert.Equal(_fixture.Index, entry.ModifyIndex);
        Assert.False(IntentionPolicy.Compile("api", _fixture.View.Intentions.ForDestination("api"), IntentionAction.Allow).Decide("web").Allowed);
    }

    [Fact]
    public void Intentions_WrittenOneByOne_AreAnEntryThatMovesAndGoes()
    {
        var first = _fixture.Do(new UpsertIntention { Intention = IntentionOf("web", "api") }).Index;
        var second = _fixture.Do(new UpsertIntention { Intention = IntentionOf("*", "api") }).Index;

        var entry = _fixture.View.Config.Find("service-intentions", "api")!;
        Assert.Equal((first, second), (entry.CreateIndex, entry.ModifyIndex));
        var third = _fixture.Do(new DeleteIntention { SourceName = "web", DestinationName = "api" }).Index;
        Assert.Equal(third, _fixture.View.Config.Find("service-intentions", "api")!.ModifyIndex);
        _fixture.Do(new DeleteConfigEntry { Kind = "service-intentions", Name = "api" });

        Assert.Empty(_fixture.View.Intentions.All);
        Assert.Empty(_fixture.View.Config.OfKind("service-intentions"));
        Assert.Equal(_fixture.Index, _fixture.View.Config.IndexOf("service-intentions"));
    }

    [Fact]
    public void SetIntentions_SameAgain_ChangesNothing()
    {
        const string Entry = """{"Kind":"service-intentions","Name":"api","Sources":[{"Name":"web","Action":"allow"}]}""";
        Set(Entry, ids: ["a"]);

        Assert.False(Set(Entry, ids: ["b"]).Changed);
        Assert.Equal("a", _fixture.View.Intentions.Get("web", "api")!.Id);
    }

    [Theory]
    [InlineData("""{"Kind":"service-intentions","Name":"api","Sources":[{"Name":"web","Permissions":[{"Action":"allow","HTTP":{"PathPrefix":"/"}}]}]}""", "its protocol is \"tcp\"")]
    [InlineData("""{"Kind":"service-intentions","Name":"api","JWT":{"Providers":[{"Name":"okta"}]},"Sources":[{"Name":"web","Action":"allow"}]}""", "provider \"okta\", which does not exist")]
    public void SetIntentions_OnRequestsOfAPlainService_IsRefused(string entry, string sentence)
    {
        Assert.Contains(sentence, Try(entry).Reason, StringComparison.Ordinal);
        Assert.Empty(_fixture.View.Intentions.All);
    }

    [Fact]
    public void Delete_ProviderThatIntentionsName_IsRefused()
    {
        Set("""{"Kind":"service-defaults","Name":"api","Protocol":"http"}""");
        Set("""{"Kind":"jwt-provider","Name":"okta","JSONWebKeySet":{"Local":{"Filename":"/k"}}}""");
        Set("""{"Kind":"service-intentions","Name":"api","JWT":{"Providers":[{"Name":"okta"}]},"Sources":[{"Name":"web","Action":"allow"}]}""", ids: ["a"]);

        Assert.False(Try(new DeleteConfigEntry { Kind = "jwt-provider", Name = "okta" }).Success);
        Assert.False(Try(new DeleteConfigEntry { Kind = "service-defaults", Name = "api" }).Success);
    }

    [Fact]
    public void Upsert_PermissionsOnAPlainService_IsRefused()
    {
        var intention = IntentionOf("web", "api") with { Permissions = [new IntentionPermission { Action = "allow", Http = new IntentionHttpMatch { PathPrefix = "/" } }] };

        Assert.Contains("permissions on requests", Try(new UpsertIntention { Intention = intention }).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Restore_Snapshot_KeepsEntriesQueriesAndIndexes()
    {
        Set(Http);
        Set("""{"Kind":"service-intentions","Name":"api","Meta":{"a":"b"},"Sources":[{"Name":"web","Action":"allow"}]}""", ids: ["a"]);
        _fixture.Do(new SetPreparedQuery { Query = new() { Id = "q", Name = "n", Service = new() { Service = "web" }, Template = new(), Dns = new() { Ttl = TimeSpan.FromSeconds(3) } } });
        using var snapshot = new MemoryStream();
        StateStore.WriteSnapshot(_fixture.View, snapshot);
        snapshot.Position = 0;

        var other = new StateStore();
        other.Restore(snapshot);

        Assert.Equal(_fixture.Hash(), StateHash.Compute(other.View));
        Assert.Equal(StateDigest.Of(_fixture.View), StateDigest.Of(other.View));
        Assert.Equal(_fixture.View.Config.IndexOf("service-defaults"), other.View.Config.IndexOf("service-defaults"));
        Assert.Equal("b", other.View.Config.Find("service-intentions", "api")!.Meta["a"]);
        Assert.Equal(TimeSpan.FromSeconds(3), other.View.Queries.ById("q")!.Dns!.Ttl);
    }

    private static ConfigEntry Read(string json) => ConfigEntryReader.Read(Encoding.UTF8.GetBytes(json));

    private ApplyResult Set(string json, ulong? cas = null, params string[] ids) => _fixture.Do(new SetConfigEntry { Entry = Read(json), Cas = cas, Ids = [.. ids] });

    private ApplyResult Try(string json) => Try(new SetConfigEntry { Entry = Read(json), Ids = ["x", "y"] });

    private ApplyResult Try(Command command) => _fixture.Try(command);
}
