using System.Text;
using Konsul.Mesh.Proxy.Agent;

namespace Konsul.Mesh.Proxy.Tests.Agent;

public sealed class ShortRegistrationTests
{
    [Theory]
    [InlineData("""{"name":"api","address":"10.0.0.1","port":80,"tags":["a"]}""", """{"Name":"api","Address":"10.0.0.1","Port":80,"Tags":["a"]}""")]
    [InlineData("""{"Name":"api","ID":"x","EnableTagOverride":true}""", """{"Name":"api","ID":"x","EnableTagOverride":true}""")]
    [InlineData("""{"id":"x","metadata":{"k":"v"},"check":{"TTL":"5s"}}""", """{"ID":"x","Meta":{"k":"v"},"Check":{"TTL":"5s"}}""")]
    public void TryTranslate_EitherForm_GivesConsuls(string given, string expected)
    {
        Assert.Null(ShortRegistration.TryTranslate(Encoding.UTF8.GetBytes(given), out var body));

        Assert.Equal(expected, body);
    }

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("{", "not JSON")]
    [InlineData("[]", "must be a JSON object")]
    [InlineData("null", "must be a JSON object")]
    [InlineData("""{"name":"a","Name":"b"}""", "twice")]
    [InlineData("""{"name":"a","name":"b"}""", "twice")]
    public void TryTranslate_Bad_SaysWhy(string given, string part) =>
        Assert.Contains(part, ShortRegistration.TryTranslate(Encoding.UTF8.GetBytes(given), out _), StringComparison.Ordinal);
}
