using System.Text;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Bodies;
using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.Tests.Json;

public sealed class JsonShapeTests
{
    [Fact]
    public void Decode_FullRegistration_FillsEveryField()
    {
        var body = Service(
            """
            {"id":"w1","NAME":"web","tags":["a"],"Port":80,"enable_tag_override":true,"Weights":{"Passing":3},
             "TaggedAddresses":{"lan":{"Address":"10.0.0.1","Port":81}},"Meta":{"Key":"v"},"Check":{"http":"http://x/","interval":"10s","timeout":1000000000},
             "Connect":{"SidecarService":{"Proxy":{"Config":{"protocol":"http","x":[1,{"y":null}]},
               "Upstreams":[{"DestinationName":"api","LocalBindPort":9000,"Config":{"protocol":"grpc","connect_timeout_ms":100}}]},"Checks":[]}}}
            """);

        Assert.Equal(("w1", "web", 80, true, 3, 1), (body.Id, body.Name, body.Port, body.EnableTagOverride, body.PassingWeight, body.WarningWeight));
        Assert.Equal(new ServiceAddress("10.0.0.1", 81), body.TaggedAddresses["lan"]);
        Assert.Equal("v", body.Meta!["Key"]);
        var check = Assert.Single(body.Checks).Definition;
        Assert.Equal((TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1)), (check.Interval, check.Timeout));
        Assert.True(body.Sidecar!.HasChecks);
        Assert.Equal((ServiceProtocol.Http, """{"protocol":"http","x":[1,{"y":null}]}"""), (body.Sidecar.Proxy!.Protocol, body.Sidecar.Proxy.ConfigJson));
        Assert.Equal(
            new Upstream { DestinationName = "api", LocalBindPort = 9000, Protocol = ServiceProtocol.Grpc, ConnectTimeoutMs = 100 },
            Assert.Single(body.Sidecar.Proxy.Upstreams));
    }

    [Theory]
    [InlineData("", "EOF")]
    [InlineData("   ", "invalid JSON at line 1, byte 3")]
    [InlineData("null", "want an object, got null")]
    [InlineData("[]", "want an object, got a list")]
    [InlineData("{", "invalid JSON at line 1, byte 1")]
    [InlineData("""{"Name":"a"} x""", "invalid JSON at line 1, byte 13")]
    [InlineData("""{"Nane":"a"}""", "unknown field \"Nane\"")]
    [InlineData("""{"Connect":{"SidecarService":{"Prt":1}}}""", "unknown field \"Connect.SidecarService.Prt\"")]
    [InlineData("""{"Name":1}""", "field \"Name\" wants a string, got the number 1")]
    [InlineData("""{"Port":"80"}""", "field \"Port\" wants a whole number, got the string \"80\"")]
    [InlineData("""{"Port":80.5}""", "field \"Port\" wants a whole number, got the number 80.5")]
    [InlineData("""{"Port":65536}""", "field \"Port\": 65536 is not a port (0 to 65535)")]
    [InlineData("""{"Port":-1}""", "field \"Port\": -1 is not a port (0 to 65535)")]
    [InlineData("""{"Tags":"a"}""", "field \"Tags\" wants a list, got the string \"a\"")]
    [InlineData("""{"Tags":["a",2]}""", "field \"Tags[1]\" wants a string, got the number 2")]
    [InlineData("""{"Meta":{"k":true}}""", "field \"Meta.k\" wants a string, got a truth value")]
    [InlineData("""{"Check":{"Interval":"ten"}}""", "field \"Check.Interval\" wants a duration such as \"10s\" or nanoseconds, got the string \"ten\"")]
    [InlineData("""{"Check":{"Status":"good"}}""", "field \"Check.Status\" wants passing, warning or critical, got \"good\"")]
    [InlineData("""{"Name":"a","name":"b"}""", "field \"Name\" is given twice")]
    [InlineData("""{"Kind":"robot"}""", "field \"Kind\": there is no kind \"robot\"")]
    [InlineData("""{"Proxy":{"Config":{"protocol":"smtp"}}}""", "field \"Proxy.Config.protocol\" wants tcp, http, http2 or grpc, got \"smtp\"")]
    public void Decode_BadBody_NamesTheField(string json, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<DecodeException>(() => Service(json)).Message);

    [Fact]
    public void Decode_NestedTooDeep_IsRefused()
    {
        var json = """{"Proxy":{"Config":{"x":""" + new string('[', 100) + new string(']', 100) + "}}}";

        Assert.Throws<DecodeException>(() => Service(json));
    }

    [Fact]
    public void Decode_StringThatIsNotUtf8_IsRefused()
    {
        byte[] json = [.. "{\"Name\":\""u8, 0xFF, 0xFE, .. "\"}"u8];

        Assert.Throws<DecodeException>(() => ServiceBody.Agent.Decode(json));
    }

    [Fact]
    public void Decode_LongHostileText_IsShortInTheMessage()
    {
        var message = Assert.Throws<DecodeException>(() => Service($$"""{"{{new string('x', 5000)}}\u0007":1}""")).Message;

        Assert.InRange(message.Length, 1, 120);
    }

    private static ServiceBody Service(string json) => ServiceBody.Agent.Decode(Encoding.UTF8.GetBytes(json));
}
