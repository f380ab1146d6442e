using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Konsul.Mesh.Model.ConfigEntries;

namespace Konsul.Mesh.Model.Tests.ConfigEntries;

public sealed class ConfigEntryReaderTests
{
    private static readonly string[] Noise =
        ["{", "}", "[", "]", ",", ":", "\"", "null", "-1", "1e999", "true", "\"x\"", "{}", "[]", "\\u0000", "é", "\0", "18446744073709551616", "\"-5s\"", "Name", "Kind"];

    [Theory]
    [MemberData(nameof(Samples.All), MemberType = typeof(Samples))]
    public void Read_WrittenAgain_GivesTheSameBytes(string json)
    {
        var entry = Read(json);

        var bytes = ConfigEntryWriter.ToBytes(entry);

        Assert.Equal(Encoding.UTF8.GetString(bytes), Encoding.UTF8.GetString(ConfigEntryWriter.ToBytes(ConfigEntryReader.Read(bytes))));
        Assert.Equal(Encoding.UTF8.GetString(bytes), Encoding.UTF8.GetString(ConfigEntryWriter.ToBytes(ConfigEntryReader.ReadStored(bytes))));
    }

    [Fact]
    public void Kinds_All_HaveASample() =>
        Assert.Equal(ConfigEntryReader.Kinds, Samples.All.Select(s => Read(s.Data).Kind).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Read_SnakeCaseAndNanoseconds_MeanTheSameAsPascalCaseAndText()
    {
        var resolver = (ServiceResolver)Read(Samples.Resolver);

        Assert.Equal("v1", resolver.DefaultSubset);
        Assert.True(resolver.Subsets["v1"].OnlyPassing);
        Assert.Equal(TimeSpan.FromSeconds(15), resolver.ConnectTimeout);
        Assert.Equal(TimeSpan.FromSeconds(30), resolver.RequestTimeout);
        Assert.Equal(TimeSpan.FromHours(1), resolver.LoadBalancer!.HashPolicies[0].CookieConfig!.Ttl);
        Assert.True(resolver.LoadBalancer.HashPolicies[1].SourceIp);
    }

    [Fact]
    public void Read_MembersNotGiven_AreEmptyNotNull()
    {
        var defaults = (ServiceDefaults)Read("""{"Kind":"service-defaults","Name":"web","Meta":null}""");

        Assert.Equal("", defaults.Protocol);
        Assert.Empty(defaults.Meta);
        Assert.Empty(defaults.EnvoyExtensions);
        Assert.Equal("""{"Kind":"service-defaults","Name":"web"}""", Encoding.UTF8.GetString(ConfigEntryWriter.ToBytes(defaults)));
    }

    [Fact]
    public void Write_LimitOfZero_IsTold()
    {
        var entry = Read("""{"Kind":"service-defaults","Name":"web","UpstreamConfig":{"Defaults":{"Limits":{"MaxConnections":0}}}}""");

        Assert.Contains("\"MaxConnections\":0", Encoding.UTF8.GetString(ConfigEntryWriter.ToBytes(entry)));
    }

    [Theory]
    [InlineData("", "", "EOF")]
    [InlineData("[]", "", "want an object")]
    [InlineData("{\"Name\":\"a\"}", "", "Payload does not contain a kind/Kind key at the top level")]
    [InlineData("{\"Kind\":\"nope\"}", "Kind", "invalid config entry kind: nope")]
    [InlineData("{\"Kind\":\"mesh\",\"Name\":\"mesh\",\"Foo\":1}", "Foo", "unknown field \"Foo\"")]
    [InlineData("{\"Kind\":\"mesh\",\"Name\":\"mesh\",\"TLS\":{\"Incoming\":{\"Bar\":1}}}", "TLS.Incoming.Bar", "unknown field \"TLS.Incoming.Bar\"")]
    [InlineData("{\"Kind\":\"mesh\",\"Name\":\"mesh\",\"name\":\"mesh\"}", "Name", "field \"Name\" is given twice")]
    [InlineData("{\"Kind\":\"mesh\",\"Name\":7}", "Name", "field \"Name\" wants a string, got the number 7")]
    [InlineData("{\"Kind\":\"service-router\",\"Name\":\"a\",\"Routes\":{}}", "Routes", "field \"Routes\" wants a list, got an object")]
    [InlineData("{\"Kind\":\"service-router\",\"Name\":\"a\",\"Routes\":[null]}", "Routes[0]", "field \"Routes[0]\" wants an object, got null")]
    [InlineData("{\"Kind\":\"service-resolver\",\"Name\":\"a\",\"ConnectTimeout\":\"soon\"}", "ConnectTimeout", "field \"ConnectTimeout\" wants a duration")]
    [InlineData("{\"Kind\":\"service-resolver\",\"Name\":\"a\",\"ConnectTimeout\":-1}", "ConnectTimeout", "wants a duration")]
    [InlineData("{\"Kind\":\"service-defaults\",\"Name\":\"a\",\"MaxInboundConnections\":1.5}", "MaxInboundConnections", "wants a whole number")]
    [InlineData("{\"Kind\":\"service-defaults\",\"Name\":\"a\",\"MaxInboundConnections\":-1}", "MaxInboundConnections", "must not be negative")]
    [InlineData("{\"Kind\":\"service-defaults\",\"Name\":\"a\",\"Namespace\":\"team\"}", "Namespace", "only the default one exists here")]
    [InlineData("{\"Kind\":\"service-defaults\",\"Name\":\"a\"} x", "", "invalid JSON at line 1")]
    [InlineData("{\"Kind\":\"service-defaults\",\"Name\":\"a\"", "", "invalid JSON at line 1")]
    public void Read_Wrong_NamesTheMember(string json, string path, string sentence)
    {
        var e = Assert.Throws<ConfigEntryException>(() => Read(json));

        Assert.True(e.IsForm);
        Assert.Equal(path, e.Path);
        Assert.Contains(sentence, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_DeepNesting_IsRefused()
    {
        var json = $$"""{"Kind":"proxy-defaults","Name":"global","Config":{"a":{{new string('[', 100_000)}}""";

        Assert.Throws<ConfigEntryException>(() => Read(json));
    }

    [Fact]
    public void Read_AnyDamagedEntry_GivesAnEntryOrASentence()
    {
        var samples = Samples.All.Select(s => s.Data).ToArray();
        var damage =
            from sample in Gen.Elements(samples)
            from cuts in Gen.ListOf(Gen.Choose(0, sample.Length).Select(at => at))
            from noise in Gen.ListOf(Gen.Elements(Noise))
            select Damage(sample, [.. cuts.Take(4)], [.. noise.Take(4)]);

        Prop.ForAll(damage.ToArbitrary(), json =>
        {
            try
            {
                return Read(json).Name.Length > 0;
            }
            catch (ConfigEntryException e)
            {
                return e.Message.Length > 0;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
    }

    [Fact]
    public void Read_AnyBytes_GiveAnEntryOrASentence() =>
        Prop.ForAll<byte[]>(bytes => Assert.Throws<ConfigEntryException>(() => ConfigEntryReader.Read(bytes ?? [])).Message.Length > 0)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    private static ConfigEntry Read(string json) => ConfigEntryReader.Read(Encoding.UTF8.GetBytes(json));

    private static string Damage(string sample, int[] cuts, string[] noise)
    {
        var text = new StringBuilder(sample);
        for (var i = 0; i < cuts.Length; i++)
        {
            var at = Math.Min(cuts[i], text.Length);
            if (i < noise.Length)
            {
                text.Remove(at, Math.Min(noise[i].Length, text.Length - at)).Insert(at, noise[i]);
            }
            else
            {
                text.Remove(at, Math.Min(1, text.Length - at));
            }
        }

        return text.ToString();
    }
}
