using System.Buffers;
using System.Text;

namespace Grpc.Core;

public sealed partial class Metadata
{
    /// <summary>One key and its text or bytes; immutable.</summary>
    public sealed class Entry
    {
        private static readonly SearchValues<char> KeyCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789._-");

        private readonly string? _value;
        private readonly byte[]? _valueBytes;

        /// <exception cref="ArgumentException">The key is empty, has a character outside [a-z0-9._-], or ends in "-bin"; or the value has
        /// a character that cannot stand in a header (anything but visible ASCII and space).</exception>
        public Entry(string key, string value)
        {
            ArgumentNullException.ThrowIfNull(value);
            Key = NormalizeKey(key);
            if (IsBinary)
            {
                throw new ArgumentException($"Only bytes can be the value of the binary key '{Key}'.", nameof(key));
            }

            if (value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            {
                throw new ArgumentException($"The value of '{Key}' has a character outside printable ASCII.", nameof(value));
            }

            _value = value;
        }

        /// <exception cref="ArgumentException">The key is empty, has a character outside [a-z0-9._-], or no "-bin" at its end.</exception>
        public Entry(string key, byte[] valueBytes)
        {
            ArgumentNullException.ThrowIfNull(valueBytes);
            Key = NormalizeKey(key);
            if (!IsBinary)
            {
                throw new ArgumentException($"The key '{Key}' of a binary value must end in \"{BinaryHeaderSuffix}\".", nameof(key));
            }

            _valueBytes = [.. valueBytes];
        }

        private Entry(string key, string? value, byte[]? valueBytes)
        {
            Key = key;
            _value = value;
            _valueBytes = valueBytes;
        }

        public string Key { get; }

        public bool IsBinary => Key.EndsWith(BinaryHeaderSuffix, StringComparison.Ordinal);

        public string Value => _value ?? Encoding.ASCII.GetString(_valueBytes!);

        public byte[] ValueBytes => _valueBytes is null ? Encoding.ASCII.GetBytes(_value!) : [.. _valueBytes];

        /// <summary>The bytes without the copy that <see cref="ValueBytes"/> makes.</summary>
        internal ReadOnlySpan<byte> RawBytes => _valueBytes;

        public override string ToString() => IsBinary
            ? $"[Entry: key={Key}, valueBytes=0x{Convert.ToHexString(_valueBytes!)}]"
            : $"[Entry: key={Key}, value={_value}]";

        /// <summary>An entry as it came from a peer: the HTTP layer has already checked its characters.</summary>
        internal static Entry FromWire(string key, string value) => new(LowerCase(key), value, null);

        internal static Entry FromWire(string key, byte[] valueBytes) => new(LowerCase(key), null, valueBytes);

        private static string NormalizeKey(string key)
        {
            ArgumentException.ThrowIfNullOrEmpty(key);
            key = LowerCase(key);
            return key.AsSpan().ContainsAnyExcept(KeyCharacters)
                ? throw new ArgumentException($"Metadata key '{key}' may only hold letters, digits, '_', '-' and '.'.", nameof(key))
                : key;
        }

        private static string LowerCase(string key) => key.AsSpan().ContainsAnyInRange('A', 'Z') ? key.ToLowerInvariant() : key;
    }
}
