using Konsul.Mesh.Model.Text;

namespace Konsul.Mesh.Model.Tests.Text;

public sealed class UserPatternTests
{
    private const string Uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

    [Theory]
    [InlineData("/orgs/" + Uuid + "/users/" + Uuid + "/items/" + Uuid)]
    [InlineData("a{1000}")]
    [InlineData("(ab|c[]d]{2}){3,}x?")]
    [InlineData("[{]{2}\\{5000\\}")]
    public void Check_Usual_IsTaken(string pattern) => Assert.Null(UserPattern.Check(pattern));

    [Theory]
    [InlineData("a{1001}", "repeats too often")]
    [InlineData("(a{200}){200}", "repeats too often")]
    [InlineData("((((a{10}){10}){10}){10}){10}", "repeats too often")]
    [InlineData("a{999999999}", "repeats too often")]
    [InlineData("(", "is no regular expression")]
    [InlineData("(?=a)", "needs backtracking")]
    public void Check_Dangerous_IsRefused(string pattern, string reason) => Assert.Contains(reason, UserPattern.Check(pattern), StringComparison.Ordinal);

    [Fact]
    public void CompileWhole_Alternatives_AreHeldTogether()
    {
        var pattern = UserPattern.CompileWhole("/a|/b");

        Assert.Matches(pattern, "/a");
        Assert.DoesNotMatch(pattern, "/ax");
        Assert.DoesNotMatch(pattern, "x/b");
    }
}
