using FsCheck;
using FsCheck.Fluent;
using Konsul.Mesh.Model.ConfigEntries;
using Konsul.Mesh.Model.Queries;

namespace Konsul.Mesh.Model.Tests.Queries;

public sealed class QueryTemplateTextTests
{
    private static readonly PreparedQuery Query = new()
    {
        Name = "geo-db",
        Template = new QueryTemplate { Type = QueryTemplate.NamePrefixMatch, Regexp = "^geo-db-(.*?)-([^\\-]+?)$" },
    };

    [Theory]
    [InlineData("mysql-${match(1)}", "mysql-customer")]
    [InlineData("${match(2)}/${match(0)}/${match(9)}", "master/geo-db-customer-master/")]
    [InlineData("${name.full}|${name.prefix}|${name.suffix}", "geo-db-customer-master|geo-db|-customer-master")]
    [InlineData("$${name.full} $ { }", "${name.full} $ { }")]
    [InlineData("plain", "plain")]
    [InlineData("${agent.segment}", "")]
    public void Fill_Placeholders_TakesThemFromTheName(string text, string filled) =>
        Assert.Equal(filled, QueryTemplateText.For(Query, "geo-db-customer-master").Fill(text));

    [Fact]
    public void Fill_PatternDoesNotMatch_LeavesGroupsEmpty() => Assert.Equal("mysql-", QueryTemplateText.For(Query, "geo-db-x").Fill("mysql-${match(1)}"));

    [Theory]
    [InlineData("${x}")]
    [InlineData("${match(a)}")]
    [InlineData("${match(-1)}")]
    [InlineData("${name.full")]
    public void Check_UnknownPlaceholder_SaysSo(string text) => Assert.NotNull(QueryTemplateText.Check(text));

    [Fact]
    public void Fill_AnyText_IsFilledOrRefused() => Prop.ForAll<string, string>((text, name) =>
    {
        try
        {
            return QueryTemplateText.For(Query, name ?? "").Fill($"a${{{text}") is not null;
        }
        catch (FormatException e)
        {
            return e.Message.Length > 0;
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Theory]
    [InlineData("{}", "Must provide a Service name to query")]
    [InlineData("""{"Service":{"Service":"a","Foo":1}}""", "unknown field \"Service.Foo\"")]
    [InlineData("""{"Service":{"Service":"a"},"Template":{"Type":"x"}}""", "Bad Template.Type 'x'")]
    [InlineData("""{"Service":{"Service":"${x}"},"Template":{"Type":"name_prefix_match"}}""", "unknown placeholder \"x\"")]
    [InlineData("""{"Service":{"Service":"a","Failover":{"NearestN":1,"Targets":[{"Peer":"p"}]}}}""", "Targets cannot be populated")]
    [InlineData("""{"Service":{"Service":"a"},"DNS":{"TTL":"x"}}""", "field \"DNS.TTL\" wants a duration")]
    public void Read_Wrong_SaysWhat(string json, string sentence)
    {
        var e = Assert.Throws<ConfigEntryException>(() => PreparedQueryReader.Read(System.Text.Encoding.UTF8.GetBytes(json)));

        Assert.Contains(sentence, e.Message, StringComparison.Ordinal);
    }
}
