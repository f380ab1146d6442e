using Konsul.Mesh.Raft.Tests.Cluster;

namespace Konsul.Mesh.Raft.Tests.Rules;

/// <summary>Each rule is needed: with it a scenario ends well, without it the same scenario ends badly. Also shows that these tests can fail.</summary>
public sealed class RuleTests
{
    public static TheoryData<string> Names =>
        [.. Enum.GetValues<RaftRules>().Where(r => r is not (RaftRules.None or RaftRules.All)).Select(r => r.ToString())];

    [Theory]
    [MemberData(nameof(Names))]
    public void Rule_TakenAway_IsMissed(string name)
    {
        var rule = Enum.Parse<RaftRules>(name);
        var scenario = RuleScenarios.Of(rule);

        Assert.True(scenario(RaftRules.All), "it ends badly with all rules");
        Assert.False(EndsWell(scenario, RaftRules.All & ~rule), "it ends well without the rule");
    }

    /// <summary>Being noticed by an invariant is a bad end too.</summary>
    private static bool EndsWell(Func<RaftRules, bool> scenario, RaftRules rules)
    {
        try
        {
            return scenario(rules);
        }
        catch (Exception e) when (e is RaftInvariantException or SafetyException)
        {
            return false;
        }
    }
}
