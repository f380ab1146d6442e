using System.Net;

namespace Konsul.Mesh.Cli.Api;

/// <summary>A file as the body of a request, from where it stands to its end; never in memory as a whole.</summary>
internal sealed class FileContent(FileStream file, Action progress) : HttpContent
{
    private readonly long _length = file.Length - file.Position;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) => BlockCopy.RunAsync(
        file, stream, e => new CliException(CliExit.BadFile, $"cannot read {file.Name}: {e.Message}"), progress, cancellationToken);

    protected override bool TryComputeLength(out long length)
    {
        length = _length;
        return true;
    }
}
