using System.Collections.Immutable;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Queries;
using Konsul.Mesh.Model.Sessions;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Queries;
using static Konsul.Mesh.State.Tests.StoreFixture;

namespace Konsul.Mesh.State.Tests.Queries;

public sealed class PreparedQueriesTests
{
    private static readonly QueryAsked Plainly = new() { Datacenter = "dc1", OwnNode = "n2" };
    private readonly StoreFixture _fixture = new();

    public PreparedQueriesTests()
    {
        _fixture.Register(Service("api", "api-1", "n1", 80, "v1", "blue"), Check("c1", "api-1", "n1"));
        _fixture.Register(Service("api", "api-2", "n2", 80, "v2"), Check("c2", "api-2", "n2", CheckStatus.Warning));
        _fixture.Register(Service("api", "api-3", "n3", 80, "v1") with { Meta = ImmutableSortedDictionary<string, string>.Empty.Add("env", "prod") }, Check("c3", "api-3", "n3", CheckStatus.Critical));
    }

    [Fact]
    public void Resolve_Plainly_LeavesCriticalOut() => Assert.Equal(["api-1", "api-2"], Ids(new QueryService { Service = "api" }));

    [Fact]
    public void Resolve_OnlyPassing_LeavesWarningOut() => Assert.Equal(["api-1"], Ids(new QueryService { Service = "api", OnlyPassing = true }));

    [Fact]
    public void Resolve_IgnoredCheck_DoesNotCount() =>
        Assert.Equal(["api-1", "api-2", "api-3"], Ids(new QueryService { Service = "api", IgnoreCheckIds = ["c3"] }));

    [Fact]
    public void Resolve_Tags_MustBeThereOrNot()
    {
        Assert.Equal(["api-1"], Ids(new QueryService { Service = "api", Tags = ["V1"] }));
        Assert.Equal(["api-2"], Ids(new QueryService { Service = "api", Tags = ["!v1"] }));
        Assert.Equal([], Ids(new QueryService { Service = "api", Tags = ["v1", "!blue"] }));
    }

    [Fact]
    public void Resolve_Meta_MustBeThere() => Assert.Equal(
        ["api-3"],
        Ids(new QueryService { Service = "api", IgnoreCheckIds = ["c3"], ServiceMeta = ImmutableSortedDictionary<string, string>.Empty.Add("env", "prod") }));

    [Fact]
    public void Resolve_Near_PutsThatNodeFirst()
    {
        Store("q", new QueryService { Service = "api" });

        Assert.Equal("api-2", Resolve("q", Plainly with { Near = "_agent" })!.Instances[0].Service.Id);
        Assert.Equal("api-1", Resolve("q", Plainly with { Near = "n1" })!.Instances[0].Service.Id);
        Assert.Single(Resolve("q", Plainly with { Limit = 1 })!.Instances);
    }

    [Fact]
    public void Resolve_NoInstances_AsksElsewhereInVain()
    {
        Store("q", new QueryService { Service = "none", Failover = new QueryFailover { Datacenters = ["dc1", "dc2", "dc3"] } });

        var answer = Resolve("q", Plainly)!;

        Assert.Empty(answer.Instances);
        Assert.Equal(2, answer.Failovers);
    }

    [Fact]
    public void Resolve_Names_ExactBeatsTemplateAndTheLongestPrefixWins()
    {
        Template("", "any");
        Template("geo-", "geo");
        Template("geo-db", "db");
        Store("geo-db-exact", new QueryService { Service = "exact" });

        Assert.Equal("exact", Resolve("GEO-db-exact", Plainly)!.Query.Service!.Service);
        Assert.Equal("db", Resolve("geo-db-x", Plainly)!.Query.Service!.Service);
        Assert.Equal("geo", Resolve("geo-x", Plainly)!.Query.Service!.Service);
        Assert.Equal("any", Resolve("x", Plainly)!.Query.Service!.Service);
    }

    [Fact]
    public void Resolve_Template_FillsItsTexts()
    {
        _fixture.Do(new SetPreparedQuery
        {
            Query = new PreparedQuery
            {
                Id = "t",
                Name = "find-",
                Template = new QueryTemplate { Type = QueryTemplate.NamePrefixMatch, Regexp = "^find-(.+)-(v[0-9])?$", RemoveEmptyTags = true },
                Service = new QueryService { Service = "${match(1)}", Tags = ["${match(2)}"] },
            },
        });

        Assert.Equal(["api-1"], Resolve("find-api-v1", Plainly)!.Instances.Select(i => i.Service.Id));
        Assert.Equal(2, Resolve("find-api-", Plainly)!.Instances.Length);
        Assert.Null(Resolve("other", Plainly));
    }

    [Fact]
    public void Set_NameOfAnother_IsRefused()
    {
        Store("q", new QueryService { Service = "api" });

        var result = _fixture.Try(new SetPreparedQuery { Query = new PreparedQuery { Id = "other", Name = "Q", Service = new QueryService { Service = "a" } } });

        Assert.Equal("name 'Q' aliases an existing query name: 'q'", result.Reason);
        Assert.Equal(ApplyFailure.NotFound, _fixture.Try(new SetPreparedQuery { Query = new PreparedQuery { Id = "none" }, UpdateOnly = true }).Failure);
    }

    [Fact]
    public void Destroy_SessionOfAQuery_EndsTheQuery_AndNoOther()
    {
        foreach (var id in new[] { "s1", "s2" })
        {
            _fixture.Do(new CreateSession { Session = new Session { Id = id, Node = "n1" } });
            _fixture.Do(new SetPreparedQuery { Query = new PreparedQuery { Id = $"of-{id}", Name = id, Session = id, Service = new QueryService { Service = "api" } } });
        }

        var ended = _fixture.Do(new DestroySession { Key = "s1" });

        Assert.Equal(["of-s2"], _fixture.View.Queries.All.Select(q => q.Id));
        Assert.Equal(ended.Index, _fixture.View.Queries.Index);
    }

    [Fact]
    public void Set_SessionThatIsNotThere_IsRefused()
    {
        var result = _fixture.Try(new SetPreparedQuery { Query = new PreparedQuery { Id = "q", Session = "none", Service = new QueryService { Service = "api" } } });

        Assert.Equal("invalid session \"none\"", result.Reason);
        Assert.Empty(_fixture.View.Queries.All);
    }

    private string[] Ids(QueryService service)
    {
        Store("q", service);
        return [.. Resolve("q", Plainly)!.Instances.Select(i => i.Service.Id).Order()];
    }

    private void Store(string name, QueryService service) =>
        _fixture.Do(new SetPreparedQuery { Query = new PreparedQuery { Id = name, Name = name, Service = service } });

    private void Template(string prefix, string service) => _fixture.Do(new SetPreparedQuery
    {
        Query = new PreparedQuery
        {
            Id = $"t-{service}",
            Name = prefix,
            Template = new QueryTemplate { Type = QueryTemplate.NamePrefixMatch },
            Service = new QueryService { Service = service },
        },
    });

    private QueryAnswer? Resolve(string name, QueryAsked asked) => PreparedQueries.Resolve(_fixture.View, name, asked, SystemRandom.Instance);
}
