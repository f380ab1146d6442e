using Konsul.Mesh.Model.Chains;
using Konsul.Mesh.Model.ConfigEntries.Parts;

namespace Konsul.Mesh.Model.Tests.Chains;

public sealed class RouteMatcherTests
{
    private static readonly ChainHttpRequest Request = new("GET", "/v1/users", [new("q", "1"), new("q", "2")], [new("X-Tenant", "blue-1"), new("accept", "a"), new("Accept", "b")]);

    [Theory]
    [InlineData("x-tenant", "blue-1", true)]
    [InlineData("x-tenant", "BLUE-1", false)]
    [InlineData("none", "blue-1", false)]
    [InlineData("accept", "a,b", true)]
    public void Matches_ExactHeader_ComparesTheWholeValue(string name, string value, bool matches) =>
        Assert.Equal(matches, RouteMatcher.Matches(new ServiceRouteHttpMatch { Header = [new HeaderMatch { Name = name, Exact = value }] }, Request));

    [Fact]
    public void Matches_HeaderForms_EachDecides()
    {
        Assert.True(Header(new HeaderMatch { Present = true }));
        Assert.False(Header(new HeaderMatch { Present = true, Invert = true }));
        Assert.True(Header(new HeaderMatch { Prefix = "blue" }));
        Assert.True(Header(new HeaderMatch { Suffix = "-1" }));
        Assert.True(Header(new HeaderMatch { Contains = "UE-", IgnoreCase = true }));
        Assert.True(Header(new HeaderMatch { Regex = "[a-z]+-[0-9]" }));
        Assert.False(Header(new HeaderMatch { Regex = "[a-z]+" }));
    }

    [Theory]
    [InlineData("/v1", "", "", false, true)]
    [InlineData("/V1", "", "", false, false)]
    [InlineData("/V1", "", "", true, true)]
    [InlineData("", "/v1/users", "", false, true)]
    [InlineData("", "/v1", "", false, false)]
    [InlineData("", "", "/v[0-9]/.*", false, true)]
    [InlineData("", "", "/v[0-9]", false, false)]
    public void Matches_PathForms_EachDecides(string prefix, string exact, string regex, bool ignoreCase, bool matches) => Assert.Equal(
        matches,
        RouteMatcher.Matches(new ServiceRouteHttpMatch { PathPrefix = prefix, PathExact = exact, PathRegex = regex, CaseInsensitive = ignoreCase }, Request));

    [Fact]
    public void Find_NothingMatches_TakesTheLastRoute()
    {
        var chain = EntrySet.Of(
            """{"Kind":"service-defaults","Name":"web","Protocol":"http"}""",
            """{"Kind":"service-router","Name":"web","Routes":[{"Match":{"HTTP":{"PathPrefix":"/x"}}},{"Match":{"HTTP":{"Methods":["PUT"]}}}]}""").Compile("web");

        var router = (RouterNode)chain.Nodes[chain.StartNode];

        Assert.Equal(2, RouteMatcher.Find(router, Request));
        Assert.Equal(1, RouteMatcher.Find(router, Request with { Method = "PUT" }));
        Assert.Equal(0, RouteMatcher.Find(router, Request with { Path = "/xy" }));
    }

    [Fact]
    public void Matches_QueryParameter_LooksAtTheFirstValue()
    {
        Assert.True(RouteMatcher.Matches(new ServiceRouteHttpMatch { QueryParam = [new QueryMatch { Name = "q", Exact = "1" }] }, Request));
        Assert.False(RouteMatcher.Matches(new ServiceRouteHttpMatch { QueryParam = [new QueryMatch { Name = "q", Exact = "2" }] }, Request));
        Assert.False(RouteMatcher.Matches(new ServiceRouteHttpMatch { QueryParam = [new QueryMatch { Name = "p", Present = true }] }, Request));
    }

    private static bool Header(HeaderMatch match) => RouteMatcher.Matches(match with { Name = "x-tenant" }, Request.HeaderValue("x-tenant"));
}
