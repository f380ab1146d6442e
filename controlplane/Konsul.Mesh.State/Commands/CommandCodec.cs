using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Konsul.Mesh.State.Commands;

/// <summary>
/// Commands as bytes: 'K', kind, version, then JSON; of a batch, each command behind its length (u32, little endian).
/// A change that an older reader would misread raises the version of that kind.
/// </summary>
public static class CommandCodec
{
    private const byte Magic = (byte)'K';
    private const byte Version = 1;
    private const int HeaderSize = 3;
    private const string Unknown = "unknown";

    private static readonly string[] Names =
        [.. Enumerable.Range(0, (int)Enum.GetValues<CommandKind>().Max() + 1).Select(i => Enum.IsDefined((CommandKind)i) ? SnakeCase($"{(CommandKind)i}") : Unknown)];

    public static byte[] Encode(Command command) => command switch
    {
        Batch batch => EncodeBatch(batch),
        Register c => Encode(CommandKind.Register, c, StateJson.Default.Register),
        Deregister c => Encode(CommandKind.Deregister, c, StateJson.Default.Deregister),
        UpdateChecks c => Encode(CommandKind.UpdateChecks, c, StateJson.Default.UpdateChecks),
        KvSet c => Encode(c.Ttl > TimeSpan.Zero ? CommandKind.KvSetTimed : CommandKind.KvSet, c, StateJson.Default.KvSet),
        KvDelete c => Encode(CommandKind.KvDelete, c, StateJson.Default.KvDelete),
        UpsertIntention c => Encode(CommandKind.UpsertIntention, c, StateJson.Default.UpsertIntention),
        DeleteIntention c => Encode(CommandKind.DeleteIntention, c, StateJson.Default.DeleteIntention),
        InitializeCa c => Encode(CommandKind.InitializeCa, c, StateJson.Default.InitializeCa),
        SetRoots c => Encode(CommandKind.SetRoots, c, StateJson.Default.SetRoots),
        RegisterServer c => Encode(CommandKind.RegisterServer, c, StateJson.Default.RegisterServer),
        RemoveServer c => Encode(CommandKind.RemoveServer, c, StateJson.Default.RemoveServer),
        SetAutopilot c => Encode(CommandKind.SetAutopilot, c, StateJson.Default.SetAutopilot),
        StagePiece c => Encode(CommandKind.StagePiece, c, StateJson.Default.StagePiece),
        RestoreStaged c => Encode(CommandKind.RestoreStaged, c, StateJson.Default.RestoreStaged),
        PublishRoot c => Encode(CommandKind.PublishRoot, c, StateJson.Default.PublishRoot),
        ActivateRoot c => Encode(CommandKind.ActivateRoot, c, StateJson.Default.ActivateRoot),
        AbandonRoot c => Encode(CommandKind.AbandonRoot, c, StateJson.Default.AbandonRoot),
        RemoveRoot c => Encode(CommandKind.RemoveRoot, c, StateJson.Default.RemoveRoot),
        SetCaConfig c => Encode(CommandKind.SetCaConfig, c, StateJson.Default.SetCaConfig),
        KvLock c => Encode(CommandKind.KvLock, c, StateJson.Default.KvLock),
        KvUnlock c => Encode(CommandKind.KvUnlock, c, StateJson.Default.KvUnlock),
        KvRollback c => Encode(CommandKind.KvRollback, c, StateJson.Default.KvRollback),
        CreateSession c => Encode(CommandKind.CreateSession, c, StateJson.Default.CreateSession),
        DestroySession c => Encode(CommandKind.DestroySession, c, StateJson.Default.DestroySession),
        RenewSession c => Encode(CommandKind.RenewSession, c, StateJson.Default.RenewSession),
        Expire c => Encode(CommandKind.Expire, c, StateJson.Default.Expire),
        Transaction c => Encode(CommandKind.Transaction, c, StateJson.Default.Transaction),
        SetConfigEntry c => Encode(CommandKind.SetConfigEntry, c, StateJson.Default.SetConfigEntry),
        DeleteConfigEntry c => Encode(CommandKind.DeleteConfigEntry, c, StateJson.Default.DeleteConfigEntry),
        SetPreparedQuery c => Encode(CommandKind.SetPreparedQuery, c, StateJson.Default.SetPreparedQuery),
        DeletePreparedQuery c => Encode(CommandKind.DeletePreparedQuery, c, StateJson.Default.DeletePreparedQuery),
        FireEvent c => Encode(CommandKind.FireEvent, c, StateJson.Default.FireEvent),
        UpdateCoordinates c => Encode(CommandKind.UpdateCoordinates, c, StateJson.Default.UpdateCoordinates),
        _ => throw new UnknownCommandException($"There is no encoding for {command.GetType().Name}."),
    };

    /// <exception cref="UnknownCommandException">A kind or version of a newer program.</exception>
    /// <exception cref="MalformedCommandException">Not a command.</exception>
    public static Command Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderSize || bytes[0] != Magic)
        {
            throw new MalformedCommandException("The entry does not start like a command.");
        }

        var kind = (CommandKind)bytes[1];
        if (bytes[2] != Version || !Enum.IsDefined(kind))
        {
            throw new UnknownCommandException(
                $"The log holds a command of kind {bytes[1]}, version {bytes[2]}, which this program does not know: it was written by a newer one.");
        }

        var body = bytes[HeaderSize..];
        return kind switch
        {
            CommandKind.Batch => DecodeBatch(body),
            CommandKind.Register => Decode(body, StateJson.Default.Register),
            CommandKind.Deregister => Decode(body, StateJson.Default.Deregister),
            CommandKind.UpdateChecks => Decode(body, StateJson.Default.UpdateChecks),
            CommandKind.KvSet => Decode(body, StateJson.Default.KvSet),
            CommandKind.KvDelete => Decode(body, StateJson.Default.KvDelete),
            CommandKind.UpsertIntention => Decode(body, StateJson.Default.UpsertIntention),
            CommandKind.DeleteIntention => Decode(body, StateJson.Default.DeleteIntention),
            CommandKind.InitializeCa => Decode(body, StateJson.Default.InitializeCa),
            CommandKind.SetRoots => Decode(body, StateJson.Default.SetRoots),
            CommandKind.RegisterServer => Decode(body, StateJson.Default.RegisterServer),
            CommandKind.RemoveServer => Decode(body, StateJson.Default.RemoveServer),
            CommandKind.SetAutopilot => Decode(body, StateJson.Default.SetAutopilot),
            CommandKind.StagePiece => Decode(body, StateJson.Default.StagePiece),
            CommandKind.PublishRoot => Decode(body, StateJson.Default.PublishRoot),
            CommandKind.ActivateRoot => Decode(body, StateJson.Default.ActivateRoot),
            CommandKind.AbandonRoot => Decode(body, StateJson.Default.AbandonRoot),
            CommandKind.RemoveRoot => Decode(body, StateJson.Default.RemoveRoot),
            CommandKind.SetCaConfig => Decode(body, StateJson.Default.SetCaConfig),
            CommandKind.KvLock => Decode(body, StateJson.Default.KvLock),
            CommandKind.KvUnlock => Decode(body, StateJson.Default.KvUnlock),
            CommandKind.KvSetTimed => Decode(body, StateJson.Default.KvSet),
            CommandKind.KvRollback => Decode(body, StateJson.Default.KvRollback),
            CommandKind.CreateSession => Decode(body, StateJson.Default.CreateSession),
            CommandKind.DestroySession => Decode(body, StateJson.Default.DestroySession),
            CommandKind.RenewSession => Decode(body, StateJson.Default.RenewSession),
            CommandKind.Expire => Decode(body, StateJson.Default.Expire),
            CommandKind.Transaction => Decode(body, StateJson.Default.Transaction),
            CommandKind.SetConfigEntry => Decode(body, StateJson.Default.SetConfigEntry),
            CommandKind.DeleteConfigEntry => Decode(body, StateJson.Default.DeleteConfigEntry),
            CommandKind.SetPreparedQuery => Decode(body, StateJson.Default.SetPreparedQuery),
            CommandKind.DeletePreparedQuery => Decode(body, StateJson.Default.DeletePreparedQuery),
            CommandKind.FireEvent => Decode(body, StateJson.Default.FireEvent),
            CommandKind.UpdateCoordinates => Decode(body, StateJson.Default.UpdateCoordinates),
            _ => Decode(body, StateJson.Default.RestoreStaged),
        };
    }

    /// <summary>The kind of a command as one word for a metric: <c>kv_set</c>. <c>unknown</c> for what is no command of this program.</summary>
    public static string NameOf(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= HeaderSize && bytes[0] == Magic && bytes[1] < Names.Length ? Names[bytes[1]] : Unknown;

    private static byte[] Encode<T>(CommandKind kind, T command, JsonTypeInfo<T> type)
    {
        using var stream = new MemoryStream();
        stream.Write([Magic, (byte)kind, Version]);
        JsonSerializer.Serialize(stream, command, type);
        return stream.ToArray();
    }

    private static byte[] EncodeBatch(Batch batch)
    {
        using var stream = new MemoryStream();
        stream.Write([Magic, (byte)CommandKind.Batch, Version]);
        Span<byte> length = stackalloc byte[4];
        foreach (var command in batch.Commands)
        {
            var bytes = Encode(command);
            BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            stream.Write(length);
            stream.Write(bytes);
        }

        return stream.ToArray();
    }

    private static T Decode<T>(ReadOnlySpan<byte> body, JsonTypeInfo<T> type)
        where T : Command
    {
        try
        {
            return JsonSerializer.Deserialize(body, type) ?? throw new MalformedCommandException("The command is null.");
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or ArgumentException or NotSupportedException)
        {
            throw new MalformedCommandException($"The command is not a {type.Type.Name}: {e.Message}", e);
        }
    }

    private static string SnakeCase(string name) =>
        string.Concat(name.Select((c, i) => i > 0 && char.IsAsciiLetterUpper(c) ? $"_{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));

    private static Batch DecodeBatch(ReadOnlySpan<byte> body)
    {
        var commands = ImmutableArray.CreateBuilder<Command>();
        while (!body.IsEmpty)
        {
            var length = body.Length < 4 ? -1 : BinaryPrimitives.ReadInt32LittleEndian(body);
            if (length < 0 || length > body.Length - 4 || commands.Count == Batch.MaxCommands)
            {
                throw new MalformedCommandException($"Command {commands.Count} of the batch has no valid length, or it is one too many.");
            }

            var bytes = body.Slice(4, length);
            if (length > 1 && bytes[1] == (byte)CommandKind.Batch)
            {
                throw new MalformedCommandException("Batches do not nest.");
            }

            commands.Add(Decode(bytes));
            body = body[(4 + length)..];
        }

        return new Batch { Commands = commands.DrainToImmutable() };
    }
}
