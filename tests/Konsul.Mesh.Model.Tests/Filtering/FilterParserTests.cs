using System.Text.Json;
using Konsul.Mesh.Model.Filtering;

namespace Konsul.Mesh.Model.Tests.Filtering;

public sealed class FilterParserTests
{
    private static readonly JsonElement Item = JsonDocument.Parse("""
        {"Node":{"Node":"n1","Meta":{"zone":"a","a-b":"c"}},"Service":{"Port":80,"Tags":["v1","blue"],"Meta":{},"Address":""},
         "Checks":[{"Status":"passing"},{"Status":"critical"}],"Enabled":true}
        """).RootElement;

    [Theory]
    [InlineData("Node.Node == n1", true)]
    [InlineData("Node.Node == \"n2\"", false)]
    [InlineData("Node.Node != n2", true)]
    [InlineData("Service.Port == 80", true)]
    [InlineData("Enabled == true", true)]
    [InlineData("Node.Meta[\"a-b\"] == c", true)]
    [InlineData("Node.Meta.none == x", false)]
    [InlineData("Node.Meta.none != x", true)]
    [InlineData("zone in Node.Meta", true)]
    [InlineData("rack not in Node.Meta", true)]
    [InlineData("\"blue\" in Service.Tags", true)]
    [InlineData("Service.Tags contains green", false)]
    [InlineData("Service.Tags not contains `green`", true)]
    [InlineData("Service.Address is empty", true)]
    [InlineData("Service.Meta is not empty", false)]
    [InlineData("Checks.Status == critical", true)]
    [InlineData("Checks.Status == warning", false)]
    [InlineData("Node.Node matches `^n[0-9]+$`", true)]
    [InlineData("Node.Node not matches \"^m\"", true)]
    [InlineData("Node.Node == n2 or Node.Node == n1 and Service.Port == 81", false)]
    [InlineData("(Node.Node == n2 or Node.Node == n1) and not Service.Port == 81", true)]
    public void Parse_Expression_Decides(string text, bool expected) => Assert.Equal(expected, FilterParser.Parse(text)(Item));

    [Theory]
    [InlineData("Node.Node")]
    [InlineData("Node.Node ==")]
    [InlineData("== n1")]
    [InlineData("(Node == a")]
    [InlineData("Node == a b")]
    [InlineData("Node == \"a")]
    [InlineData("Node is full")]
    [InlineData("Node matches `(`")]
    [InlineData("Node.Meta[x] == a")]
    [InlineData("Node = a")]
    [InlineData("\"a\" == b")]
    [InlineData("{}")]
    public void Parse_BadExpression_IsRefused(string text) => Assert.Throws<FormatException>(() => FilterParser.Parse(text));

    [Fact]
    public void Parse_DeepNesting_IsRefused() => Assert.Throws<FormatException>(() => FilterParser.Parse(new string('(', 8000)));
}
