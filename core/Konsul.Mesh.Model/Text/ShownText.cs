namespace Konsul.Mesh.Model.Text;

/// <summary>A stranger's text as it may stand in an answer or a log.</summary>
public static class ShownText
{
    private const int MaxShown = 64;

    /// <summary>At most 64 characters, without control characters.</summary>
    public static string Of(string text)
    {
        var cut = text.Length > MaxShown ? text[..MaxShown] + "..." : text;
        return string.Create(cut.Length, cut, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(source[i]) ? '?' : source[i];
            }
        });
    }
}
