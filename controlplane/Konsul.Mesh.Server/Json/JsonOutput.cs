using System.Text.Encodings.Web;
using System.Text.Json;

namespace Konsul.Mesh.Server.Json;

/// <summary>How answers are written: compact, or indented by four for <c>?pretty</c>.</summary>
internal static class JsonOutput
{
    public static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static readonly JsonWriterOptions Pretty = Compact with { Indented = true, IndentSize = 4 };
}
