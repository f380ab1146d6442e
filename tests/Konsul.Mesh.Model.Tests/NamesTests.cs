namespace Konsul.Mesh.Model.Tests;

public sealed class NamesTests
{
    [Theory]
    [InlineData("web")]
    [InlineData("Web-2.internal_x")]
    [InlineData("0")]
    public void CheckName_GoodName_ReturnsNull(string name) => Assert.Null(Names.CheckName(name));

    [Theory]
    [InlineData(null, "empty")]
    [InlineData("", "empty")]
    [InlineData("-web", "start and end")]
    [InlineData("web.", "start and end")]
    [InlineData("..", "start and end")]
    [InlineData("a/b", "only letters")]
    [InlineData("a%2Fb", "only letters")]
    [InlineData("a\0b", "only letters")]
    [InlineData("wéb", "only letters")]
    [InlineData("*", "only letters")]
    public void CheckName_BadName_SaysWhy(string? name, string reason) => Assert.Contains(reason, Names.CheckName(name), StringComparison.Ordinal);

    [Fact]
    public void CheckName_LongestName_IsAcceptedAndOneMoreIsNot()
    {
        Assert.Null(Names.CheckName(new string('a', Names.MaxNameLength)));
        Assert.Contains("128", Names.CheckName(new string('a', Names.MaxNameLength + 1)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgres/node 1", true)]
    [InlineData("", false)]
    [InlineData("a\nb", false)]
    public void CheckId_Text_AllowsAllButControls(string id, bool good) => Assert.Equal(good, Names.CheckId(id) is null);

    [Fact]
    public void CheckId_TooLong_IsRefused() => Assert.NotNull(Names.CheckId(new string('a', Names.MaxIdLength + 1)));
}
