namespace Konsul.Mesh.TestKit.Linearizability.Search;

/// <summary>
/// The set of operations in the order so far, as bits. Operations that must happen are numbered by their calls, so nearly all of the set
/// is one run of ones: only the words after that run are compared and remembered. Those that need not happen would break the run, so
/// they have words of their own in front.
/// </summary>
internal sealed class LinearizedSet
{
    private const int WordBits = 64;

    private readonly ulong[] _words;
    private readonly int _optionalWords;
    private int _end;

    public LinearizedSet(int optional, int mandatory)
    {
        _optionalWords = (optional + WordBits - 1) / WordBits;
        _words = new ulong[_optionalWords + ((mandatory + WordBits - 1) / WordBits)];
        FirstOpenWord = _optionalWords;
        _end = _optionalWords;
    }

    /// <summary>The same for equal sets, however they were reached.</summary>
    public ulong Hash { get; private set; }

    /// <summary>Invariant: every word of mandatory operations before it is all ones, and it is not.</summary>
    public int FirstOpenWord { get; private set; }

    /// <summary>How many words <see cref="CopyKey"/> writes.</summary>
    public int KeyLength => _optionalWords + Math.Max(0, _end - FirstOpenWord);

    public int OptionalBit(int number) => number;

    public int MandatoryBit(int number) => (_optionalWords * WordBits) + number;

    public bool Contains(int bit) => (_words[bit / WordBits] & (1UL << (bit % WordBits))) != 0;

    public void Add(int bit)
    {
        var word = bit / WordBits;
        _words[word] |= 1UL << (bit % WordBits);
        Hash ^= Mix((ulong)bit + 1);
        if (word < _optionalWords)
        {
            return;
        }

        _end = Math.Max(_end, word + 1);
        while (FirstOpenWord < _words.Length && _words[FirstOpenWord] == ulong.MaxValue)
        {
            FirstOpenWord++;
        }
    }

    public void Remove(int bit)
    {
        var word = bit / WordBits;
        _words[word] &= ~(1UL << (bit % WordBits));
        Hash ^= Mix((ulong)bit + 1);
        if (word < _optionalWords)
        {
            return;
        }

        FirstOpenWord = Math.Min(FirstOpenWord, word);
        while (_end > _optionalWords && _words[_end - 1] == 0)
        {
            _end--;
        }
    }

    /// <summary>With <see cref="FirstOpenWord"/> it tells this set from every other.</summary>
    public void CopyKey(Span<ulong> key)
    {
        _words.AsSpan(0, _optionalWords).CopyTo(key);
        _words.AsSpan(FirstOpenWord, key.Length - _optionalWords).CopyTo(key[_optionalWords..]);
    }

    public bool KeyEquals(int firstOpenWord, ReadOnlySpan<ulong> key) =>
        firstOpenWord == FirstOpenWord
        && key.Length == KeyLength
        && key[.._optionalWords].SequenceEqual(_words.AsSpan(0, _optionalWords))
        && key[_optionalWords..].SequenceEqual(_words.AsSpan(FirstOpenWord, key.Length - _optionalWords));

    /// <summary>The finaliser of splitmix64: every bit of the input moves about half of the output.</summary>
    public static ulong Mix(ulong x)
    {
        x += 0x9e3779b97f4a7c15;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
        x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
        return x ^ (x >> 31);
    }
}
