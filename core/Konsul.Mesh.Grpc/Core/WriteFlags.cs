namespace Grpc.Core;

/// <summary>Hints for one message.</summary>
[Flags]
public enum WriteFlags
{
    None = 0,

    /// <summary>More follows at once: the message may wait in the send buffer for the next one.</summary>
    BufferHint = 1,

    /// <summary>Never compress this message. Nothing sent from here is compressed, so it changes nothing.</summary>
    NoCompress = 2,
}
