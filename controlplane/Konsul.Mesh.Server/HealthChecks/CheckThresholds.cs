using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>
/// Turns single results into a status: so many successes in a row before passing, so many failures in a row before warning and critical.
/// Zero, the default, means at once. Between the thresholds the status stays as it is.
/// </summary>
internal sealed class CheckThresholds(CheckDefinition definition)
{
    private int _successes;
    private int _failures;

    /// <returns>The status to report; null when it stays.</returns>
    public CheckStatus? Next(CheckStatus result)
    {
        if (result != CheckStatus.Critical)
        {
            _failures = 0;
            _successes = Math.Min(_successes + 1, int.MaxValue - 1);
            return _successes >= definition.SuccessBeforePassing ? result : null;
        }

        _successes = 0;
        _failures = Math.Min(_failures + 1, int.MaxValue - 1);
        if (_failures >= definition.FailuresBeforeCritical)
            return CheckStatus.Critical;
        return definition.FailuresBeforeWarning > 0 && _failures >= definition.FailuresBeforeWarning ? CheckStatus.Warning : null;
    }
}
