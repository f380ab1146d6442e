using System.Collections.Immutable;
using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.State.Transactions;

/// <summary>What a transaction means.</summary>
internal static class TransactionCommands
{
    public static ApplyResult Apply(StateDraft draft, Transaction command)
    {
        if (command.Operations.Length > Transaction.MaxOperations)
        {
            return ApplyResult.Fail(
                ApplyFailure.Invalid, $"Transaction contains too many operations ({command.Operations.Length} > {Transaction.MaxOperations})");
        }

        var outcome = new TxnOutcome(Transaction.MaxResults);
        var (keys, catalog) = (new KeyOperations(draft, outcome), new CatalogOperations(draft, outcome));
        for (var i = 0; i < command.Operations.Length; i++)
        {
            outcome.Operation = i;
            var operation = command.Operations[i];
            if (operation.Subject == TxnSubject.Key)
            {
                keys.Do(operation);
            }
            else
            {
                catalog.Do(operation);
            }
        }

        return outcome.Errors.Count == 0
            ? new ApplyResult { Results = [.. outcome.Results] }
            : ApplyResult.Fail(ApplyFailure.Conflict, outcome.Errors[0].What) with
            {
                Errors = [.. outcome.Errors],
                FailedCommand = outcome.Errors[0].Operation,
            };
    }
}
