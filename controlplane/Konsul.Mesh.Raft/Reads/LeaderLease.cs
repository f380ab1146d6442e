namespace Konsul.Mesh.Raft.Reads;

/// <summary>
/// How long nobody else can have been elected. It runs from when a heartbeat was sent that a majority answered, not from the answer, which may
/// have been long on its way. Ends for the whole term when a transfer told somebody to campaign at once, since that word may arrive late.
/// </summary>
internal sealed class LeaderLease(int leaseTicks)
{
    private const int MaxRounds = 64;
    private readonly Queue<(ulong Number, long Tick)> _rounds = [];
    private long _tick;
    private long _heldFrom = long.MinValue / 2;
    private bool _isGivenUp;

    public bool IsHeld => !_isGivenUp && _tick - _heldFrom < leaseTicks;

    public void Tick() => _tick++;

    public void RoundSent(ulong number)
    {
        if (_rounds.Count == MaxRounds)
        {
            _rounds.Dequeue();
        }

        _rounds.Enqueue((number, _tick));
    }

    public void Confirmed(ulong number)
    {
        while (_rounds.TryPeek(out var round) && round.Number <= number)
        {
            _heldFrom = Math.Max(_heldFrom, round.Tick);
            _rounds.Dequeue();
        }
    }

    public void GiveUp() => _isGivenUp = true;

    public void Reset()
    {
        _rounds.Clear();
        _heldFrom = long.MinValue / 2;
        _isGivenUp = false;
    }
}
