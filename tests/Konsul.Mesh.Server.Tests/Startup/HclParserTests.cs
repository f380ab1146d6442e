using Konsul.Mesh.Server.Startup.Agent;

namespace Konsul.Mesh.Server.Tests.Startup;

public sealed class HclParserTests
{
    [Theory]
    [InlineData("a = 1", """{"a":1}""")]
    [InlineData("a = -1.5 b = true, c=\"x\\n\\\"y\\\"\"", """{"a":-1.5,"b":true,"c":"x\n\u0022y\u0022"}""")]
    [InlineData("# one\n// two\n/* three\n */ a { b = [1, \"2\", { c = false },] }", """{"a":{"b":[1,"2",{"c":false}]}}""")]
    [InlineData("ports { http = 1 }\nports { dns = 2 }", """{"ports":{"http":1,"dns":2}}""")]
    [InlineData("service \"web\" { port = 1 }", """{"service":{"web":{"port":1}}}""")]
    [InlineData("a = <<END\nx\n  y\nEND\nb = 1", """{"a":"x\n  y\n","b":1}""")]
    [InlineData("a = <<-END\n  x\n  END", """{"a":"x\n"}""")]
    [InlineData("\"quoted name\" = []", """{"quoted name":[]}""")]
    [InlineData("", "{}")]
    public void Parse_Text_IsTheSameTreeAsJson(string text, string json) => Assert.Equal(json, HclParser.Parse(text).ToJsonString());

    [Theory]
    [InlineData("a")]
    [InlineData("a =")]
    [InlineData("a = 1 2")]
    [InlineData("a = \"x")]
    [InlineData("a = \"x\n\"")]
    [InlineData("a = \"\\q\"")]
    [InlineData("a = [1 2]")]
    [InlineData("a = <<END\nx")]
    [InlineData("a { b = 1")]
    [InlineData("/* never")]
    [InlineData("= 1")]
    [InlineData("a = nan")]
    [InlineData("}")]
    public void Parse_BadText_IsRefusedWithTheLine(string text) =>
        Assert.StartsWith("line ", Assert.Throws<FormatException>(() => HclParser.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_DeepNesting_IsRefused() => Assert.Throws<FormatException>(() => HclParser.Parse("a=" + new string('[', 100_000)));
}
