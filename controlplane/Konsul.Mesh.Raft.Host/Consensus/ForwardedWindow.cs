namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>
/// Which commands of other servers this leader has appended in its term, so that one sent again after a broken connection is not appended twice.
/// Kept for the term only: a later leader refuses what was meant for an earlier one. Per origin the newest numbers; older ones count as taken.
/// </summary>
internal sealed class ForwardedWindow
{
    /// <summary>More than a server may have on their way.</summary>
    public const int Size = 1 << 16;

    private const int MaxOrigins = 256;
    private readonly Dictionary<ulong, Seen> _origins = [];
    private ulong _term;

    /// <returns>False when it was appended before in this term.</returns>
    public bool TryEnter(ulong term, CommandHeader header)
    {
        if (term != _term)
        {
            _origins.Clear();
            _term = term;
        }

        if (!_origins.TryGetValue(header.Origin, out var seen))
        {
            if (_origins.Count >= MaxOrigins)
            {
                _origins.Remove(_origins.MinBy(o => o.Value.Used).Key);
            }

            _origins[header.Origin] = seen = new Seen();
        }

        seen.Used = ++_uses;
        return seen.TryAdd(header.Number);
    }

    /// <summary>Takes back what could not be appended after all.</summary>
    public void Forget(CommandHeader header)
    {
        if (_origins.TryGetValue(header.Origin, out var seen))
        {
            seen.Remove(header.Number);
        }
    }

    private long _uses;

    private sealed class Seen
    {
        private readonly HashSet<ulong> _numbers = [];
        private ulong _floor;

        public long Used { get; set; }

        public bool TryAdd(ulong number)
        {
            if (number <= _floor || !_numbers.Add(number))
            {
                return false;
            }

            if (_numbers.Count >= 2 * Size)
            {
                _floor = _numbers.Max() - Size;
                _numbers.RemoveWhere(n => n <= _floor);
            }

            return true;
        }

        public void Remove(ulong number) => _numbers.Remove(number);
    }
}
