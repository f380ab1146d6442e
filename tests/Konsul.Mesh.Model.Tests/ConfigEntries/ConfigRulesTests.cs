using System.Text;
using Konsul.Mesh.Model.ConfigEntries;

namespace Konsul.Mesh.Model.Tests.ConfigEntries;

/// <summary>What an entry may not say by itself.</summary>
public sealed class ConfigRulesTests
{
    [Theory]
    [InlineData("service-router", """ "Routes":[{"Match":{"HTTP":{"PathExact":"/a","PathPrefix":"/b"}}}] """, "Routes[0].Match.HTTP", "at most one of PathExact")]
    [InlineData("service-router", """ "Routes":[{},{"Match":{"HTTP":{"PathPrefix":"b"}}}] """, "Routes[1].Match.HTTP.PathPrefix", "doesn't start with '/'")]
    [InlineData("service-router", """ "Routes":[{"Match":{"HTTP":{"PathRegex":"("}}}] """, "Routes[0].Match.HTTP.PathRegex", "is no regular expression")]
    [InlineData("service-router", """ "Routes":[{"Match":{"HTTP":{"PathRegex":"(a)\\1"}}}] """, "Routes[0].Match.HTTP.PathRegex", "needs backtracking")]
    [InlineData("service-router", """ "Routes":[{"Match":{"HTTP":{"PathRegex":"((a{100}){100}){100}"}}}] """, "Routes[0].Match.HTTP.PathRegex", "repeats too often")]
    [InlineData("service-router", """ "Routes":[{"Match":{"HTTP":{"Header":[{"Name":"a","Exact":"x","Prefix":"y"}]}}}] """, "Routes[0].Match.HTTP.Header[0]", "exactly one of")]
    [InlineData("service-router", """ "Routes":[{"Match":{"HTTP":{"Header":[{"Exact":"x"}]}}}] """, "Routes[0].Match.HTTP.Header[0].Name", "missing required Name")]
    [InlineData("service-router", """ "Routes":[{"Match":{"HTTP":{"Methods":["get"]}}}] """, "Routes[0].Match.HTTP.Methods", "invalid method \"get\"")]
    [InlineData("service-router", """ "Routes":[{"Match":{"HTTP":{"Methods":["GET","GET"]}}}] """, "Routes[0].Match.HTTP.Methods", "more than once")]
    [InlineData("service-router", """ "Routes":[{"Destination":{"PrefixRewrite":"/"}}] """, "Routes[0].Destination.PrefixRewrite", "without configuring either")]
    [InlineData("service-router", """ "Routes":[{"Destination":{"RequestHeaders":{"Set":{"a b":"c"}}}}] """, "Routes[0].Destination.RequestHeaders.Set", "not the name of a header")]
    [InlineData("service-router", """ "Routes":[{"Destination":{"RequestHeaders":{"Set":{"a":"b\r\nc: d"}}}}] """, "Routes[0].Destination.RequestHeaders.Set", "control character")]
    [InlineData("service-router", """ "Routes":[{"Redirect":{"Host":"x"},"Destination":{}}] """, "Routes[0]", "only contain one of Destination, Redirect, or Response")]
    [InlineData("service-router", """ "Routes":[{"Redirect":{}}] """, "Routes[0].Redirect", "leads back")]
    [InlineData("service-router", """ "Routes":[{"Fault":{"DelayPercent":5}}] """, "Routes[0].Fault", "both of Delay and DelayPercent")]
    [InlineData("service-splitter", """ "Splits":[] """, "Splits", "no splits configured")]
    [InlineData("service-splitter", """ "Splits":[{"Weight":50},{"Weight":49.99,"Service":"b"}] """, "Splits", "must be 100, not 99.99")]
    [InlineData("service-splitter", """ "Splits":[{"Weight":99.999},{"Weight":0.001,"Service":"b"}] """, "Splits[0].Weight", "finer than 0.01")]
    [InlineData("service-splitter", """ "Splits":[{"Weight":50},{"Weight":50,"Service":"s"}] """, "Splits[1]", "more than once")]
    [InlineData("service-splitter", """ "Splits":[{"Weight":-1},{"Weight":101,"Service":"b"}] """, "Splits[0].Weight", "between 0 and 100")]
    [InlineData("service-resolver", """ "DefaultSubset":"x" """, "DefaultSubset", "not a valid subset")]
    [InlineData("service-resolver", """ "Subsets":{"v1":{"Filter":"=="}} """, "Subsets.v1.Filter", "not a valid expression")]
    [InlineData("service-resolver", """ "Redirect":{} """, "Redirect", "Redirect is empty")]
    [InlineData("service-resolver", """ "Redirect":{"ServiceSubset":"v1"} """, "Redirect.ServiceSubset", "without Redirect.Service")]
    [InlineData("service-resolver", """ "Redirect":{"Service":"b"},"Subsets":{"v":{}} """, "Redirect", "incompatible with Subsets")]
    [InlineData("service-resolver", """ "Failover":{"v9":{"Service":"b"}} """, "Failover[\"v9\"]", "not a valid subset")]
    [InlineData("service-resolver", """ "Failover":{"*":{}} """, "Failover[\"*\"]", "is required")]
    [InlineData("service-resolver", """ "Failover":{"*":{"Datacenters":[""]}} """, "Failover[\"*\"].Datacenters", "found empty datacenter")]
    [InlineData("service-resolver", """ "LoadBalancer":{"Policy":"best"} """, "LoadBalancer.Policy", "wants peak_ewma")]
    [InlineData("service-resolver", """ "LoadBalancer":{"Policy":"random","HashPolicies":[{"SourceIP":true}]} """, "LoadBalancer.HashPolicies", "non-hash-based Policy")]
    [InlineData("service-resolver", """ "LoadBalancer":{"Policy":"maglev","HashPolicies":[{"SourceIP":true,"Field":"header","FieldValue":"x"}]} """, "LoadBalancer.HashPolicies[0]", "exactly one of SourceIP or Field")]
    [InlineData("service-defaults", """ "Protocol":"smtp" """, "Protocol", "wants tcp, http")]
    [InlineData("service-defaults", """ "Destination":{"Addresses":["*.x"],"Port":1} """, "Destination.Addresses", "neither an IP address nor a host name")]
    [InlineData("service-defaults", """ "UpstreamConfig":{"Overrides":[{"Name":"a"},{"Name":"a"}]} """, "UpstreamConfig.Overrides[1].Name", "given twice")]
    [InlineData("proxy-defaults", "", "Name", "only \"global\" is supported")]
    [InlineData("mesh", "", "Name", "only \"mesh\" is supported")]
    [InlineData("exported-services", "", "Name", "only \"default\" is supported")]
    [InlineData("service-intentions", "", "Sources", "At least one source")]
    [InlineData("service-intentions", """ "Sources":[{"Name":"a"}] """, "Sources[0].Action", "must be set to 'allow' or 'deny'")]
    [InlineData("service-intentions", """ "Sources":[{"Name":"a","Action":"allow"},{"Name":"a","Action":"deny"}] """, "Sources[1].Name", "more than once")]
    [InlineData("service-intentions", """ "Sources":[{"Name":"a","Action":"allow","Permissions":[{"Action":"allow","HTTP":{"PathExact":"/"}}]}] """, "Sources[0].Action", "must be omitted")]
    [InlineData("service-intentions", """ "Sources":[{"Name":"a","Permissions":[{"Action":"allow","HTTP":{}}]}] """, "Sources[0].Permissions[0].HTTP", "should not be empty")]
    [InlineData("jwt-provider", "", "JSONWebKeySet", "exactly one of Local or Remote")]
    [InlineData("jwt-provider", """ "JSONWebKeySet":{"Local":{"JWKS":"bm90"}} """, "JSONWebKeySet.Local.JWKS", "in base64")]
    [InlineData("jwt-provider", """ "JSONWebKeySet":{"Remote":{"URI":"ftp://x"}} """, "JSONWebKeySet.Remote.URI", "is invalid")]
    [InlineData("ingress-gateway", """ "Listeners":[{"Port":1,"Services":[{"Name":"a"},{"Name":"b"}]}] """, "Listeners[0].Services", "only supported for L7")]
    [InlineData("ingress-gateway", """ "Listeners":[{"Port":1,"Services":[{"Name":"a"}]},{"Port":1,"Services":[{"Name":"b"}]}] """, "Listeners[1].Port", "declared on two listeners")]
    [InlineData("ingress-gateway", """ "Listeners":[{"Port":1,"Protocol":"http","Services":[{"Name":"a","Hosts":["a.*.b"]}]}] """, "Listeners[0].Services[0].Hosts", "must be a host name")]
    [InlineData("terminating-gateway", """ "Services":[{"Name":"a","CertFile":"/c"}] """, "Services[0]", "a CertFile and a KeyFile")]
    [InlineData("rate-limit", """ "Limits":[{"Name":"a","Limit":1,"Window":"1s","Key":["ip"]}] """, "Limits[0].Key", "unknown key \"ip\"")]
    [InlineData("rate-limit", """ "Limits":[{"Name":"a","Limit":0,"Window":"1s"}] """, "Limits[0].Limit", "at least 1")]
    [InlineData("rate-limit", """ "Limits":[{"Name":"a","Limit":1,"Window":"1s","Unit":"bytes","Key":["path"]}] """, "Limits[0]", "knows nothing of requests")]
    public void Read_AgainstARule_NamesTheMember(string kind, string members, string path, string sentence)
    {
        var json = $$"""{"Kind":"{{kind}}","Name":"s"{{(members.Length > 0 ? "," : "")}}{{members}}}""";

        var e = Assert.Throws<ConfigEntryException>(() => ConfigEntryReader.Read(Encoding.UTF8.GetBytes(json)));

        Assert.False(e.IsForm);
        Assert.Equal(path, e.Path);
        Assert.Contains(sentence, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("*")]
    [InlineData("../x")]
    public void Read_BadName_IsRefused(string name) => Assert.Equal(
        "Name", Assert.Throws<ConfigEntryException>(() => ConfigEntryReader.Read(Encoding.UTF8.GetBytes($$"""{"Kind":"service-defaults","Name":"{{name}}"}"""))).Path);

    [Theory]
    [InlineData("mesh", "mesh")]
    [InlineData("proxy-defaults", "global")]
    [InlineData("exported-services", "default")]
    public void Read_NameLeftOutWhereThereIsOnlyOne_IsThatOne(string kind, string name) =>
        Assert.Equal(name, ConfigEntryReader.Read(Encoding.UTF8.GetBytes($$"""{"Kind":"{{kind}}"}""")).Name);

    [Fact]
    public void Read_Protocol_IsLowered() => Assert.Equal(
        "grpc", ((ServiceDefaults)ConfigEntryReader.Read("""{"Kind":"service-defaults","Name":"a","Protocol":"GRPC"}"""u8)).Protocol);
}
