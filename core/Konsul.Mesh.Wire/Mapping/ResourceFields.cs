using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Wire.Mapping;

/// <summary>Checks of single fields of one resource. Each remembers the first thing wrong, as a sentence with type, name and field.</summary>
internal sealed class ResourceFields(ResourceType type, string name)
{
    private const int MaxTextLength = 512;
    private const int MaxPort = 65535;

    public string? Error { get; private set; }

    public bool Good => Error is null;

    public void Fail(string field, string reason) =>
        Error ??= $"{ResourceKinds.Label(type)} \"{name}\": {field} {reason}.";

    public bool TryParse<T>(MessageParser<T> parser, ByteString body, [NotNullWhen(true)] out T? message)
        where T : class, IMessage<T>
    {
        try
        {
            message = parser.ParseFrom(body);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            message = null;
            Fail("body", $"is not a {typeof(T).Name} message");
            return false;
        }
    }

    public string Text(string field, string value)
    {
        if (value.Length is 0 or > MaxTextLength)
        {
            Fail(field, value.Length == 0 ? "is empty" : $"is longer than {MaxTextLength} characters");
        }

        return value;
    }

    public string Name(string field, string value, bool orWildcard = false)
    {
        if (!(orWildcard && value == "*") && Names.CheckName(value) is { } reason)
        {
            Fail(field, reason);
        }

        return value;
    }

    public int Port(string field, uint value)
    {
        if (value is 0 or > MaxPort)
        {
            Fail(field, $"{value} is not a port");
        }

        return (int)value;
    }

    public ServiceProtocol Protocol(Protocol value)
    {
        if (!ProtocolMapping.TryToModel(value, out var protocol))
        {
            Fail("protocol", $"{(int)value} is not known");
        }

        return protocol;
    }
}
