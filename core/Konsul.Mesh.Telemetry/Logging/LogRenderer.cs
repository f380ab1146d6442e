using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Konsul.Mesh.Telemetry.Logging;

/// <summary>Turns events into lines. Control characters are escaped: whoever can get text into a message cannot forge a line.</summary>
internal static class LogRenderer
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(IBufferWriter<byte> output, in LogEvent entry, LogFormat format)
    {
        if (format == LogFormat.Json)
        {
            WriteJson(output, entry);
        }
        else
        {
            WriteText(output, entry);
        }

        output.Write("\n"u8);
    }

    private static void WriteJson(IBufferWriter<byte> output, in LogEvent entry)
    {
        using var json = new Utf8JsonWriter(output, Json);
        json.WriteStartObject();
        json.WriteString("time", entry.Time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
        json.WriteString("level", LogLevels.NameOf(entry.Level));
        json.WriteString("category", entry.Category);
        json.WriteString("message", entry.Message);
        if (entry.Fields.Length > 0)
        {
            json.WriteStartObject("fields");
            foreach (var (name, value) in entry.Fields.DistinctBy(f => f.Key))
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
        }

        if (entry.Exception is not null)
        {
            json.WriteString("exception", entry.Exception);
        }

        json.WriteEndObject();
    }

    private static void WriteText(IBufferWriter<byte> output, in LogEvent entry)
    {
        var line = new StringBuilder(entry.Message.Length + 64);
        line.Append(entry.Time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
        line.Append(' ').Append(LogLevels.NameOf(entry.Level).ToUpperInvariant().PadRight(5));
        line.Append(' ').Append(entry.Category[(entry.Category.LastIndexOf('.') + 1)..]).Append(' ');
        AppendEscaped(line, entry.Message);
        foreach (var (name, value) in entry.Fields)
        {
            line.Append(' ').Append(name).Append('=');
            var quoted = value.Length == 0 || value.AsSpan().IndexOfAny(' ', '"', '=') >= 0;
            line.Append(quoted ? "\"" : "");
            AppendEscaped(line, quoted ? value.Replace("\"", "\\\"", StringComparison.Ordinal) : value);
            line.Append(quoted ? "\"" : "");
        }

        if (entry.Exception is not null)
        {
            line.Append(" exception=\"");
            AppendEscaped(line, entry.Exception.Replace("\"", "\\\"", StringComparison.Ordinal));
            line.Append('"');
        }

        Encoding.UTF8.GetBytes(line.ToString(), output);
    }

    private static void AppendEscaped(StringBuilder line, string text)
    {
        foreach (var c in text)
        {
            _ = c switch
            {
                '\n' => line.Append("\\n"),
                '\r' => line.Append("\\r"),
                '\t' => line.Append("\\t"),
                _ when char.IsControl(c) => line.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => line.Append(c),
            };
        }
    }
}
