namespace Konsul.Mesh.Model.Text;

/// <summary>A stranger's text as it may stand in an answer or a log.</summary>
public static class ShownText
{
    /// <summary>Its beginning, without control characters.</summary>
    /// <param name="text">Anything.</param>
    /// <param name="most">Characters.</param>
    public static string Of(string text, int most = 64)
    {
        var cut = text.Length > most ? text[..most] + "..." : text;
        return string.Create(cut.Length, cut, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(source[i]) ? '?' : source[i];
            }
        });
    }
}
