using System.Globalization;
using System.Runtime.CompilerServices;

namespace Konsul.Mesh.Raft.Diagnostics;

/// <summary>Lets lines be written as interpolated strings that are only built when somebody listens.</summary>
internal sealed class RaftTracer(IRaftTrace? sink)
{
    public void Debug([InterpolatedStringHandlerArgument("")] ref DebugLine line) => line.Text.WriteTo(sink, RaftTraceLevel.Debug);

    public void Info([InterpolatedStringHandlerArgument("")] ref InfoLine line) => line.Text.WriteTo(sink, RaftTraceLevel.Info);

    public void Warning(string line) => Write(RaftTraceLevel.Warning, line);

    public void Error(string line) => Write(RaftTraceLevel.Error, line);

    private bool IsEnabled(RaftTraceLevel level) => sink?.IsEnabled(level) ?? false;

    private void Write(RaftTraceLevel level, string line)
    {
        if (IsEnabled(level))
        {
            sink!.Write(level, line);
        }
    }

    [InterpolatedStringHandler]
    public ref struct DebugLine
    {
        public LineText Text;

        public DebugLine(int literalLength, int formattedCount, RaftTracer tracer, out bool isEnabled)
        {
            isEnabled = tracer.IsEnabled(RaftTraceLevel.Debug);
            Text = new LineText(literalLength, formattedCount, isEnabled);
        }

        public void AppendLiteral(string value) => Text.Builder.AppendLiteral(value);

        public void AppendFormatted<T>(T value) => Text.Builder.AppendFormatted(value);

        public void AppendFormatted<T>(T value, string? format) => Text.Builder.AppendFormatted(value, format);
    }

    [InterpolatedStringHandler]
    public ref struct InfoLine
    {
        public LineText Text;

        public InfoLine(int literalLength, int formattedCount, RaftTracer tracer, out bool isEnabled)
        {
            isEnabled = tracer.IsEnabled(RaftTraceLevel.Info);
            Text = new LineText(literalLength, formattedCount, isEnabled);
        }

        public void AppendLiteral(string value) => Text.Builder.AppendLiteral(value);

        public void AppendFormatted<T>(T value) => Text.Builder.AppendFormatted(value);

        public void AppendFormatted<T>(T value, string? format) => Text.Builder.AppendFormatted(value, format);
    }

    public ref struct LineText
    {
        public DefaultInterpolatedStringHandler Builder;
        private readonly bool _isEnabled;

        public LineText(int literalLength, int formattedCount, bool isEnabled)
        {
            _isEnabled = isEnabled;
            Builder = isEnabled ? new DefaultInterpolatedStringHandler(literalLength, formattedCount, CultureInfo.InvariantCulture) : default;
        }

        public void WriteTo(IRaftTrace? sink, RaftTraceLevel level)
        {
            if (_isEnabled)
            {
                sink!.Write(level, Builder.ToStringAndClear());
            }
        }
    }
}
