using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Konsul.Mesh.Model.Chains;
using Konsul.Mesh.Model.ConfigEntries;
using Konsul.Mesh.Model.ConfigEntries.Parts;

namespace Konsul.Mesh.Model.Tests.Chains;

/// <summary>Single rules and what holds for all chains; whole chains are golden files of the server's tests.</summary>
public sealed class ChainCompilerTests
{
    private const string Http = """{"Kind":"proxy-defaults","Name":"global","Config":{"protocol":"http"}}""";

    [Fact]
    public void Compile_NoEntries_LeadsToTheServiceItself()
    {
        var chain = EntrySet.Of().Compile("web");

        Assert.True(chain.IsDefault);
        Assert.Equal(("tcp", "resolver:web.default.default.dc1"), (chain.Protocol, chain.StartNode));
        var target = Assert.Single(chain.Targets).Value;
        Assert.Equal("web.default.dc1.internal.td", target.Sni);
        Assert.Equal(TimeSpan.FromSeconds(5), target.ConnectTimeout);
    }

    [Theory]
    [InlineData("""{"Kind":"service-splitter","Name":"web","Splits":[{"Weight":100}]}""")]
    [InlineData("""{"Kind":"service-router","Name":"web"}""")]
    public void Compile_AdvancedOverTcp_IsRefused(string entry)
    {
        var e = Assert.Throws<ChainException>(() => EntrySet.Of(entry).Compile("web"));

        Assert.Equal("discovery chain \"web\" uses a protocol \"tcp\" that does not permit advanced routing or splitting behavior", e.Message);
    }

    [Fact]
    public void Compile_TwoProtocols_IsRefused()
    {
        var entries = EntrySet.Of(
            Http, """{"Kind":"service-defaults","Name":"api","Protocol":"grpc"}""",
            """{"Kind":"service-splitter","Name":"web","Splits":[{"Weight":50},{"Weight":50,"Service":"api"}]}""");

        var e = Assert.Throws<ChainException>(() => entries.Compile("web"));

        Assert.Equal("discovery chain \"web\" uses inconsistent protocols; service \"api\" has \"grpc\" which is not \"http\"", e.Message);
    }

    [Theory]
    [InlineData("""{"Kind":"service-splitter","Name":"web","Splits":[{"Weight":100,"ServiceSubset":"v1"}]}""", "service \"web\" does not have a subset named \"v1\"")]
    [InlineData("""{"Kind":"service-router","Name":"web","Routes":[{"Destination":{"Service":"api","ServiceSubset":"v1"}}]}""", "service \"api\" does not have a subset named \"v1\"")]
    [InlineData("""{"Kind":"service-resolver","Name":"web","Failover":{"*":{"Service":"api","ServiceSubset":"v1"}}}""", "service \"api\" does not have a subset named \"v1\"")]
    public void Compile_UndefinedSubset_IsRefused(string entry, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<ChainException>(() => EntrySet.Of(Http, entry).Compile("web")).Message);

    [Fact]
    public void Compile_RedirectsInACircle_IsRefused()
    {
        var entries = EntrySet.Of(
            """{"Kind":"service-resolver","Name":"web","Redirect":{"Service":"api"}}""",
            """{"Kind":"service-resolver","Name":"api","Redirect":{"Service":"web"}}""");

        Assert.Contains("circular resolver redirect", Assert.Throws<ChainException>(() => entries.Compile("web")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compile_SplittersInACircle_IsRefused()
    {
        var entries = EntrySet.Of(
            Http, """{"Kind":"service-splitter","Name":"a","Splits":[{"Weight":100,"Service":"b"}]}""",
            """{"Kind":"service-splitter","Name":"b","Splits":[{"Weight":100,"Service":"a"}]}""");

        Assert.Equal("detected circular reference: [a, b, a]", Assert.Throws<ChainException>(() => entries.Compile("a")).Message);
    }

    /// <summary>Each layer doubles the shares: without a bound, thirty layers would be a billion.</summary>
    [Fact]
    public void Compile_SplittersThatMultiply_AreRefusedSoon()
    {
        var layers = Enumerable.Range(0, 30).SelectMany(i => new[] { "a", "b" }.Select(side =>
            $$"""{"Kind":"service-splitter","Name":"{{side}}{{i}}","Splits":[{"Weight":50,"Service":"a{{i + 1}}"},{"Weight":50,"Service":"b{{i + 1}}"}]}"""));

        var e = Assert.Throws<ChainException>(() => EntrySet.Of([Http, .. layers]).Compile("a0"));

        Assert.Contains("are more than 1000", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compile_LongLineOfSplitters_IsRefusedBeforeTheStackEnds()
    {
        var line = Enumerable.Range(0, 5000).Select(i =>
            $$"""{"Kind":"service-splitter","Name":"s{{i}}","Splits":[{"Weight":100,"Service":"s{{i + 1}}"}]}""");

        Assert.Contains("more than 64 splitters", Assert.Throws<ChainException>(() => EntrySet.Of([Http, .. line]).Compile("s0")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compile_OverrideToTcp_SkipsRouterAndSplitter()
    {
        var entries = EntrySet.Of(Http, """{"Kind":"service-splitter","Name":"web","Splits":[{"Weight":50},{"Weight":50,"Service":"api"}]}""");

        var chain = ChainCompiler.Compile(entries, new ChainRequest { Service = "web", Datacenter = "dc1", OverrideProtocol = "tcp" });

        Assert.Equal(("tcp", "resolver:web.default.default.dc1"), (chain.Protocol, chain.StartNode));
        Assert.NotEqual("", chain.CustomizationHash);
    }

    [Fact]
    public void Compile_ExternalService_TakesNoSubsets()
    {
        var entries = EntrySet.Of(
            """{"Kind":"service-defaults","Name":"web","ExternalSNI":"x.example.com"}""",
            """{"Kind":"service-resolver","Name":"web","Subsets":{"v1":{}}}""");

        Assert.Contains("cannot define subsets for external services", Assert.Throws<ChainException>(() => entries.Compile("web")).Message, StringComparison.Ordinal);
    }

    /// <summary>Total and finite for any entries; a chain that comes out is whole, and free of cycles.</summary>
    [Fact]
    public void Compile_AnyEntries_GiveAWholeChainOrASentence()
    {
        Prop.ForAll(Entries().ToArbitrary(), set =>
        {
            foreach (var service in Services)
            {
                try
                {
                    CheckWhole(set.Compile(service));
                }
                catch (ChainException e)
                {
                    Assert.NotEqual("", e.Message);
                }
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    [Fact]
    public void Problem_AnyEntries_IsNullExactlyWhenEveryChainCompiles()
    {
        Prop.ForAll(Entries().ToArbitrary(), set =>
        {
            var broken = set.OfKind(ServiceRouter.KindWord).Concat(set.OfKind(ServiceSplitter.KindWord)).Concat(set.OfKind(ServiceResolver.KindWord))
                .Any(e => !Compiles(set, e.Name));
            return broken == ConfigGraph.Problem(set) is not null;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    private static readonly string[] Services = ["a", "b", "c", "d"];

    private static readonly string[] Subsets = ["", "", "v1", "v2"];

    private static bool Compiles(EntrySet set, string service)
    {
        try
        {
            set.Compile(service);
            return true;
        }
        catch (ChainException)
        {
            return false;
        }
    }

    private static void CheckWhole(DiscoveryChain chain)
    {
        Assert.Contains(chain.StartNode, chain.Nodes.Keys);
        foreach (var node in chain.Nodes.Values)
        {
            switch (node)
            {
                case RouterNode router:
                    Assert.All(router.Routes, r => Assert.False(chain.Nodes[r.NextNode] is RouterNode));
                    break;
                case SplitterNode splitter:
                    Assert.All(splitter.Splits, s => Assert.IsType<ResolverNode>(chain.Nodes[s.NextNode]));
                    Assert.InRange(splitter.Splits.Sum(s => s.Weight), 99.9999, 100.0001);
                    break;
                case ResolverNode resolver:
                    Assert.All(resolver.FailoverTargets.Append(resolver.Target), t => Assert.Contains(t, chain.Targets.Keys));
                    Assert.DoesNotContain(resolver.Target, resolver.FailoverTargets);
                    break;
            }
        }
    }

    private static Gen<EntrySet> Entries()
    {
        var service = Gen.Elements(Services);
        var subset = Gen.Elements(Subsets);
        var split = from s in service from v in subset select (s, v);
        var splitter = from name in service
                       from parts in Gen.ListOf(split).Resize(3)
                       let distinct = parts.Append(("d", "")).Distinct().ToList()
                       select (ConfigEntry)new ServiceSplitter
                       {
                           Name = name,
                           Splits = [.. distinct.Select((p, i) => new ServiceSplit { Service = p.Item1, ServiceSubset = p.Item2, Weight = i == 0 ? 100 - (10 * (distinct.Count - 1)) : 10 })],
                       };
        var router = from name in service
                     from parts in Gen.ListOf(split).Resize(3)
                     select (ConfigEntry)new ServiceRouter
                     {
                         Name = name,
                         Routes = [.. parts.Select(p => new ServiceRoute { Destination = new ServiceRouteDestination { Service = p.s, ServiceSubset = p.v } })],
                     };
        var resolver = from name in service
                       from redirect in Gen.Choose(0, 3)
                       from to in split
                       from failover in Gen.Choose(0, 2)
                       from chosen in subset
                       select (ConfigEntry)(redirect == 0
                           ? new ServiceResolver { Name = name, Redirect = new ResolverRedirect { Service = to.s, ServiceSubset = to.v } }
                           : new ServiceResolver
                           {
                               Name = name,
                               Subsets = ImmutableSortedDictionary<string, ServiceSubset>.Empty.Add("v1", new ServiceSubset()),
                               DefaultSubset = chosen == "v1" ? "v1" : "",
                               Failover = failover == 0
                                   ? ImmutableSortedDictionary<string, ResolverFailover>.Empty.Add("*", new ResolverFailover { Service = to.s, ServiceSubset = to.v })
                                   : ImmutableSortedDictionary<string, ResolverFailover>.Empty,
                           });
        var defaults = from name in service
                       from protocol in Gen.Elements("http", "http", "http", "tcp")
                       select (ConfigEntry)new ServiceDefaults { Name = name, Protocol = protocol };
        return from all in Gen.ListOf(Gen.OneOf(splitter, router, resolver, resolver, defaults)).Resize(10)
               select new EntrySet(all.Append(ConfigEntryReader.Read(System.Text.Encoding.UTF8.GetBytes(Http))).DistinctBy(e => (e.Kind, e.Name)));
    }
}
