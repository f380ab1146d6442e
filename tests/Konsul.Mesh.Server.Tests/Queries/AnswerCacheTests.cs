using System.Text;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Queries;
using Microsoft.AspNetCore.Http;

namespace Konsul.Mesh.Server.Tests.Queries;

public sealed class AnswerCacheTests
{
    private static readonly ApiRoute Route = new("/v1/health/service/");
    private readonly AnswerCache _answers = new();
    private int _written;

    [Fact]
    public void Get_SameQuestionAndIndex_IsWrittenOnce()
    {
        var first = Get("web", "passing&index=7&wait=5s", 8);
        var second = Get("web", "index=8&passing", 8);

        Assert.Equal((1, "1"), (_written, second));
        Assert.Equal(first, second);
    }

    [Fact]
    public void Get_OtherIndexOrQuestion_IsWrittenAnew()
    {
        Get("web", "", 8);

        Assert.Equal("2", Get("web", "", 9));
        Assert.Equal("3", Get("web", "passing", 9));
        Assert.Equal("4", Get("api", "", 9));
        Assert.Equal("5", Get("web", "tag=a", 9));
        Assert.Equal("2", Get("web", "", 9));
    }

    [Fact]
    public void Get_ByNearness_IsNotKept()
    {
        Get("web", "near=x", 8);

        Assert.Equal("2", Get("web", "near=x", 8));
    }

    [Fact]
    public void Get_RefusedWhileWritten_LeavesNothing()
    {
        var context = Context("web", "filter=x");

        Assert.Throws<ApiException>(() => _answers.Get(context, 8, () => throw ApiException.BadRequest("no")));
        Assert.Equal("1", Get("web", "filter=x", 8));
    }

    private string Get(string parameter, string query, ulong index) =>
        Encoding.UTF8.GetString(_answers.Get(Context(parameter, query), index, () => Encoding.UTF8.GetBytes($"{++_written}")).Span);

    private static ApiContext Context(string parameter, string query) => new(new DefaultHttpContext(), Route, parameter, QueryParameters.Parse(query));
}
