using System.Globalization;

namespace Konsul.Mesh.Model.ConfigEntries.Rules;

internal static class SplitterRules
{
    public static ServiceSplitter Check(ServiceSplitter splitter)
    {
        Rule.Require(splitter.Splits.Length > 0, "Splits", "no splits configured");
        var found = new HashSet<(string, string)>();
        var sum = 0L;
        for (var i = 0; i < splitter.Splits.Length; i++)
        {
            var (at, split) = ($"Splits[{i}]", splitter.Splits[i]);
            Rule.Percent($"{at}.Weight", split.Weight);
            var hundredths = Hundredths(split.Weight);
            Rule.Require(
                Math.Abs((split.Weight * 100) - hundredths) < 1e-6, $"{at}.Weight", $"{at}.Weight is finer than 0.01");
            sum += hundredths;
            var service = split.Service.Length > 0 ? split.Service : splitter.Name;
            Rule.OptionalService($"{at}.Service", split.Service);
            Rule.Require(
                found.Add((service, split.ServiceSubset)), at,
                $"split destination occurs more than once: service=\"{service}\", subset=\"{Text.ShownText.Of(split.ServiceSubset)}\"");
            Rule.Modifiers($"{at}.RequestHeaders", split.RequestHeaders);
            Rule.Modifiers($"{at}.ResponseHeaders", split.ResponseHeaders);
        }

        Rule.Require(
            sum == 10_000, "Splits",
            $"the sum of all split weights must be 100, not {(sum / 100m).ToString("0.##", CultureInfo.InvariantCulture)}");
        return splitter;
    }

    /// <summary>A weight in hundredths of a percent, in which sums are exact.</summary>
    public static int Hundredths(double weight) => (int)Math.Round(weight * 100, MidpointRounding.AwayFromZero);
}
