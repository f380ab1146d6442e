using Konsul.Mesh.Model.Text;

namespace Konsul.Mesh.Model.Tests.Text;

public sealed class DurationTextTests
{
    [Theory]
    [InlineData(0, "0s")]
    [InlineData(1, "1ms")]
    [InlineData(1_500, "1.5s")]
    [InlineData(90_000, "1m30s")]
    [InlineData(3_600_000, "1h0m0s")]
    [InlineData(259_200_000, "72h0m0s")]
    public void Format_Duration_IsGos(int milliseconds, string text) => Assert.Equal(text, DurationText.Format(TimeSpan.FromMilliseconds(milliseconds)));
}
