using Konsul.Mesh.Model;

namespace Konsul.Mesh.Dns.Answers;

/// <summary>Draws records in random order: at each place the chance of one is its weight's share among those not drawn yet; those of weight 0
/// come last. Its arrays are used again and again, by one thread at a time.</summary>
internal sealed class WeightedOrder(IRandom random)
{
    private int[] _order = new int[16];
    private double[] _keys = new double[16];

    /// <param name="records">What to draw from.</param>
    /// <param name="even">All have the same weight.</param>
    /// <param name="take">How many places are needed; the rest is in no order.</param>
    /// <returns>Indexes, valid until the next call.</returns>
    public ReadOnlySpan<int> Draw(AnswerRecord[] records, bool even, int take)
    {
        var order = Given(records.Length);
        if (even)
        {
            for (var i = 0; i < Math.Min(take, order.Length - 1); i++)
            {
                var drawn = i + random.Next(order.Length - i);
                (order[i], order[drawn]) = (order[drawn], order[i]);
            }

            return order;
        }

        // Efraimidis and Spirakis: sorted by exponential times with the weights as rates.
        var keys = _keys.AsSpan(0, records.Length);
        for (var i = 0; i < keys.Length; i++)
        {
            var weight = records[i].Weight;
            var time = -Math.Log(1 - random.NextDouble());
            keys[i] = weight > 0 ? time / weight : 1e9 + time;
        }

        keys.Sort(order);
        return order;
    }

    /// <summary>The order that the records have.</summary>
    public Span<int> Given(int count)
    {
        if (_order.Length < count)
            (_order, _keys) = (new int[count * 2], new double[count * 2]);
        var order = _order.AsSpan(0, count);
        for (var i = 0; i < count; i++)
            order[i] = i;
        return order;
    }
}
