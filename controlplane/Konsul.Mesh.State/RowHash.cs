using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Konsul.Mesh.State;

/// <summary>
/// 128 bits over bytes, the same on every machine; made for speed, as every byte that a command writes goes through it. Two lanes of 64 bits take
/// 16 bytes a step by one 64 to 128 bit multiplication each. Not a cryptographic hash.
/// </summary>
internal static class RowHash
{
    // Odd numbers without a pattern: the fractions of the square roots of 2, 3, 5, 7, 11 and 13, the first one made odd.
    private const ulong K0 = 0x6A09E667F3BCC909;
    private const ulong K1 = 0xBB67AE8584CAA73B;
    private const ulong K2 = 0x3C6EF372FE94F82B;
    private const ulong K3 = 0xA54FF53A5F1D36F1;
    private const ulong K4 = 0x510E527FADE682D1;
    private const ulong K5 = 0x9B05688C2B3E6C1F;
    private const int Step = 16;

    // Compiled well at once: at a start most of a state goes through it before the runtime would get to that.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static UInt128 Of(ReadOnlySpan<byte> bytes)
    {
        var length = (ulong)bytes.Length;
        var (a, b) = (K0, K1);
        for (; bytes.Length >= Step; bytes = bytes[Step..])
        {
            Mix(bytes, ref a, ref b);
        }

        Span<byte> last = stackalloc byte[Step];
        last.Clear();
        bytes.CopyTo(last);
        Mix(last, ref a, ref b);
        return new UInt128(Fold(a ^ K4, length ^ K5), Fold(b ^ K5, length ^ K4));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(ReadOnlySpan<byte> block, ref ulong a, ref ulong b)
    {
        var (low, high) = (BinaryPrimitives.ReadUInt64LittleEndian(block), BinaryPrimitives.ReadUInt64LittleEndian(block[8..]));

        // Each lane mixes the words crosswise, so that a factor of zero in one does not blind the other.
        a = Fold(low ^ K2, high ^ a);
        b = Fold(high ^ K3, low ^ b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong x, ulong y)
    {
        var high = Math.BigMul(x, y, out var low);
        return high ^ low;
    }
}
