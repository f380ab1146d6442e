using System.Globalization;
using System.Text;

namespace Konsul.Mesh.Model.Text;

/// <summary>Durations as Go prints them; they are read by <see cref="GoDuration"/>.</summary>
public static class DurationText
{
    /// <summary>As Go prints it: the largest unit first, no empty leading units, seconds with their fraction; zero is <c>0s</c>.</summary>
    public static string Format(TimeSpan value)
    {
        if (value == TimeSpan.Zero)
            return "0s";

        var sign = value < TimeSpan.Zero ? "-" : "";
        var ticks = (decimal)value.Ticks;
        ticks = Math.Abs(ticks);
        if (ticks < TimeSpan.TicksPerMillisecond)
            return $"{sign}{Number(ticks / 10)}µs";
        if (ticks < TimeSpan.TicksPerSecond)
            return $"{sign}{Number(ticks / TimeSpan.TicksPerMillisecond)}ms";

        var text = new StringBuilder(sign);
        var hours = decimal.Truncate(ticks / TimeSpan.TicksPerHour);
        var minutes = decimal.Truncate(ticks / TimeSpan.TicksPerMinute) % 60;
        if (hours > 0)
            text.Append(Number(hours)).Append('h');
        if (hours > 0 || minutes > 0)
            text.Append(Number(minutes)).Append('m');
        return text.Append(Number(ticks % TimeSpan.TicksPerMinute / TimeSpan.TicksPerSecond)).Append('s').ToString();
    }

    private static string Number(decimal value) => value.ToString("0.#######", CultureInfo.InvariantCulture);
}
