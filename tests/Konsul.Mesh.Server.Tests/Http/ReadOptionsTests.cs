using Konsul.Mesh.Server.Http;

namespace Konsul.Mesh.Server.Tests.Http;

public sealed class ReadOptionsTests
{
    [Theory]
    [InlineData("", 0, 300_000)]
    [InlineData("index=7", 7, 300_000)]
    [InlineData("index=7&wait=120000ms", 7, 120_000)]
    [InlineData("wait=9.5s", 0, 9_500)]
    [InlineData("wait=1h", 0, 600_000)]
    [InlineData("wait=0s", 0, 300_000)]
    [InlineData("index=&wait=", 0, 300_000)]
    public void Parse_IndexAndWait_AreReadAndCapped(string query, ulong index, int waitMs)
    {
        var options = ReadOptions.Parse(QueryParameters.Parse(query));

        Assert.Equal((index, TimeSpan.FromMilliseconds(waitMs)), (options.MinIndex, options.Wait));
    }

    [Theory]
    [InlineData("index=x", "Invalid index")]
    [InlineData("index=-1", "Invalid index")]
    [InlineData("index=18446744073709551616", "Invalid index")]
    [InlineData("wait=x", "Invalid wait time")]
    [InlineData("wait=-5s", "Invalid wait time")]
    [InlineData("wait=10", "Invalid wait time")]
    [InlineData("stale&consistent", "Cannot specify ?stale with ?consistent, conflicting semantics.")]
    [InlineData("consistent=false&cached", "Cannot specify ?cached with ?consistent, conflicting semantics.")]
    public void Parse_BadValue_IsRefusedWithConsulsText(string query, string text)
    {
        var refusal = Assert.Throws<ApiException>(() => ReadOptions.Parse(QueryParameters.Parse(query)));

        Assert.Equal((400, text), (refusal.Status, refusal.Message));
    }

    [Theory]
    [InlineData("", "leader")]
    [InlineData("stale=false", "stale")]
    [InlineData("consistent", "consistent")]
    public void Parse_ConsistencyFlags_CountByPresence(string query, string word) =>
        Assert.Equal(word, ReadOptions.Parse(QueryParameters.Parse(query)).Consistency);

    [Fact]
    public void QueryParse_BrokenEscape_IsRefused() => Assert.Throws<ApiException>(() => QueryParameters.Parse("a=%zz"));

    [Theory]
    [InlineData("gzip", true)]
    [InlineData("deflate, GZIP;q=0.5", true)]
    [InlineData("*", true)]
    [InlineData("gzip;q=0", false)]
    [InlineData("br", false)]
    [InlineData("", false)]
    public void Accepts_AcceptEncoding_FollowsWeights(string header, bool accepted) => Assert.Equal(accepted, BodyCompression.Accepts(header));
}
