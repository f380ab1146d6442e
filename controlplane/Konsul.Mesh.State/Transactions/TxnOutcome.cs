namespace Konsul.Mesh.State.Transactions;

/// <summary>What has come out of a transaction so far.</summary>
internal sealed class TxnOutcome(int maxResults)
{
    public List<TxnResult> Results { get; } = [];

    public List<TxnError> Errors { get; } = [];

    /// <summary>The operation that is being done.</summary>
    public int Operation { get; set; }

    public void Add(TxnResult result)
    {
        if (Results.Count < maxResults)
        {
            Results.Add(result with { Operation = Operation });
        }
        else if (Errors.Count == 0 || Errors[^1].Operation != Operation)
        {
            Fail($"the transaction reads more than {maxResults} entries");
        }
    }

    public void Fail(string what) => Errors.Add(new TxnError(Operation, what));
}
