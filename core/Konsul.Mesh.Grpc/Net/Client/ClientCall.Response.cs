using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;
using Grpc.Protocol;

namespace Grpc.Net.Client;

internal sealed partial class ClientCall<TRequest, TResponse>
{
    /// <summary>Done when the response's headers are there and <see cref="_reader"/> is set, or the call has ended before.</summary>
    private readonly TaskCompletionSource _received = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private PipeReader? _pipe;
    private MessageReader? _reader;
    private TResponse? _current;
    private int _reading;

    public TResponse Current => _current ?? throw new InvalidOperationException("No current element is available.");

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _reading, 1) == 1)
            throw new InvalidOperationException("Can't read the next message because the previous read is still in progress.");
        try
        {
            using var registration = CancelWith(cancellationToken);
            var (found, message) = await ReadAsync().ConfigureAwait(false);
            _current = message;
            return found;
        }
        finally
        {
            Volatile.Write(ref _reading, 0);
        }
    }

    /// <summary>The response of a method that has one.</summary>
    public async Task<TResponse> ReadSingleAsync()
    {
        var (found, message) = await ReadAsync().ConfigureAwait(false);
        if (!found)
            throw Fail("Failed to deserialize response message.", "No message came with an OK status.");
        if ((await ReadAsync().ConfigureAwait(false)).Found)
            throw Fail("Unexpected data after finished reading message.", "More than one response came.");
        return message!;
    }

    private async Task<(bool Found, TResponse? Message)> ReadAsync()
    {
        await _received.Task.ConfigureAwait(false);
        try
        {
            if (Volatile.Read(ref _outcome) is null)
            {
                var result = await _reader!.ReadAsync(_method.ResponseMarshaller, _ended.Token).ConfigureAwait(false);
                if (result.Found)
                    return result;
                EndByTrailers(_response!.TrailingHeaders);
            }
        }
        catch (Exception e)
        {
            End(CallFailure.FromException("Error reading next message.", e), Metadata.Empty);
        }

        if (_pipe is { } pipe)
            await pipe.CompleteAsync().ConfigureAwait(false);
        var outcome = EndedOutcome();
        return outcome.Status.StatusCode == StatusCode.OK ? (false, null) : throw outcome.ToException();
    }

    /// <summary>Never fails: a failure is the call's end.</summary>
    private async Task ReceiveHeadersAsync(HttpRequestMessage request)
    {
        try
        {
            if (!_ended.IsCancellationRequested)
                await ReceiveAsync(await _channel.SendAsync(request, _ended.Token).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            End(CallFailure.FromException("Error starting gRPC call.", e), Metadata.Empty);
        }
        finally
        {
            _received.TrySetResult();
        }
    }

    private async Task ReceiveAsync(HttpResponseMessage response)
    {
        Volatile.Write(ref _response, response);
        if (Volatile.Read(ref _outcome) is not null)
        {
            response.Dispose();
            return;
        }

        var metadata = ReadMetadata(response.Headers);
        _responseHeaders.TrySetResult(metadata);
        if (response.Headers.Contains(GrpcProtocol.StatusTrailer))
        {
            EndByTrailers(response.Headers);
            return;
        }

        CheckIsGrpc(response);
        var encoding = FirstValue(response.Headers, GrpcProtocol.EncodingHeader);
        if (!GrpcProtocol.IsSupportedEncoding(encoding))
            throw new RpcException(new Status(StatusCode.Internal, $"Unsupported grpc-encoding value '{encoding}'."));

        var stream = await response.Content.ReadAsStreamAsync(_ended.Token).ConfigureAwait(false);
        _pipe = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16 * 1024, leaveOpen: true));
        _reader = new MessageReader(_pipe, _channel.MaxReceiveMessageSize, encoding);
    }

    private static void CheckIsGrpc(HttpResponseMessage response)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw new RpcException(new Status(
                CallFailure.FromHttpStatus(response.StatusCode),
                $"Bad gRPC response. HTTP status code: {(int)response.StatusCode}"));
        }

        var contentType = response.Content.Headers.ContentType?.ToString();
        if (!GrpcProtocol.IsGrpcContentType(contentType))
            throw new RpcException(new Status(StatusCode.Unknown, $"Bad gRPC response. Invalid content-type value: {contentType}"));
    }

    private void EndByTrailers(HttpResponseHeaders trailers)
    {
        var text = FirstValue(trailers, GrpcProtocol.StatusTrailer);
        if (!int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var number))
        {
            var fault = text is null ? StatusCode.Internal : StatusCode.Unknown;
            End(new Status(fault, $"No valid grpc-status in the trailers: '{text}'."), Metadata.Empty);
            return;
        }

        var code = Enum.IsDefined((StatusCode)number) ? (StatusCode)number : StatusCode.Unknown;
        var message = StatusMessage.Decode(FirstValue(trailers, GrpcProtocol.MessageTrailer) ?? "");
        End(new Status(code, message), ReadMetadata(trailers));
    }

    private RpcException Fail(string detail, string why)
    {
        // The server may have said OK before, which ended the call: then only the caller can still be told.
        var status = new Status(StatusCode.Internal, $"{detail} {why}");
        var outcome = End(status, Metadata.Empty);
        return outcome.Status.StatusCode == StatusCode.OK ? new RpcException(status) : outcome.ToException();
    }

    private static Metadata ReadMetadata(HttpResponseHeaders headers)
    {
        var metadata = new Metadata();
        foreach (var (key, values) in headers.NonValidated)
        {
            foreach (var value in values)
                MetadataCodec.AddFromWire(metadata, key, value);
        }

        return metadata;
    }

    private static string? FirstValue(HttpResponseHeaders headers, string name)
    {
        if (!headers.NonValidated.TryGetValues(name, out var values))
            return null;
        foreach (var value in values)
            return value;
        return null;
    }
}
