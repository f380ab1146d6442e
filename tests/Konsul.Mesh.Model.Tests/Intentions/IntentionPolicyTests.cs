using FsCheck;
using FsCheck.Fluent;
using Konsul.Mesh.Model.Intentions;

namespace Konsul.Mesh.Model.Tests.Intentions;

public sealed class IntentionPolicyTests
{
    private static readonly string[] Services = ["a", "b", "c"];
    private static readonly string[] Sources = [.. Services, Intention.Wildcard];

    [Theory]
    [InlineData("a", "b", 9)]
    [InlineData("*", "b", 8)]
    [InlineData("a", "*", 6)]
    [InlineData("*", "*", 5)]
    public void Precedence_Form_HasConsulsNumber(string source, string destination, int precedence) =>
        Assert.Equal(precedence, Make(source, destination, IntentionAction.Allow).Precedence);

    [Theory]
    [InlineData("a", "b", "a", "b", true)]
    [InlineData("*", "b", "a", "b", true)]
    [InlineData("a", "*", "a", "b", true)]
    [InlineData("a", "b", "a", "c", false)]
    [InlineData("a", "b", "A", "b", false)]
    [InlineData("a.c", "b", "abc", "b", false)]
    public void Matches_Pair_ComparesLiterally(string source, string destination, string from, string to, bool matches) =>
        Assert.Equal(matches, Make(source, destination, IntentionAction.Allow).Matches(from, to));

    [Fact]
    public void Decide_HigherPrecedence_WinsAtEachStep()
    {
        List<Intention> intentions = [];
        bool Allowed() => IntentionPolicy.Compile("b", intentions, IntentionAction.Deny).Decide("a").Allowed;

        Assert.False(Allowed());
        intentions.Add(Make("*", "*", IntentionAction.Allow));
        Assert.True(Allowed());
        intentions.Add(Make("a", "*", IntentionAction.Deny));
        Assert.False(Allowed());
        intentions.Add(Make("*", "b", IntentionAction.Allow));
        Assert.True(Allowed());
        intentions.Add(Make("a", "b", IntentionAction.Deny));
        Assert.False(Allowed());
    }

    [Fact]
    public void Decide_Match_NamesTheIntention()
    {
        var deny = Make("a", "b", IntentionAction.Deny);

        var policy = IntentionPolicy.Compile("b", [deny, Make("*", "c", IntentionAction.Deny)], IntentionAction.Allow);

        Assert.Equal(new IntentionDecision(false, deny.Id), policy.Decide("a"));
        Assert.Equal(new IntentionDecision(true, ""), policy.Decide("c"));
    }

    [Fact]
    public void Decide_AllowAndDenyOfOneKey_Denies()
    {
        Intention[] both = [Make("a", "b", IntentionAction.Deny), Make("a", "b", IntentionAction.Allow)];

        Assert.False(IntentionPolicy.Compile("b", both, IntentionAction.Allow).Decide("a").Allowed);
        Assert.False(IntentionPolicy.Compile("b", both.Reverse(), IntentionAction.Allow).Decide("a").Allowed);
    }

    [Fact]
    public void DenyAll_AnySource_IsDenied() => Assert.False(IntentionPolicy.DenyAll.Decide("a").Allowed);

    [Fact]
    public void Decide_AnyIntentions_EqualsTheNaiveRule() =>
        Prop.ForAll(Cases().ToArbitrary(), c =>
        {
            var policy = IntentionPolicy.Compile(c.Destination, c.Intentions, c.Default);

            return Sources.Append("stranger").All(s => policy.Decide(s).Allowed == Naive(c.Intentions, s, c.Destination, c.Default));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Decide_AnyIntentions_DoesNotDependOnTheirOrder() =>
        Prop.ForAll(Cases().ToArbitrary(), Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), (c, seed) =>
        {
            var shuffled = c.Intentions.ToArray();
            new System.Random(seed).Shuffle(shuffled);

            var one = IntentionPolicy.Compile(c.Destination, c.Intentions, c.Default);
            var two = IntentionPolicy.Compile(c.Destination, shuffled, c.Default);

            return Sources.All(s => one.Decide(s).Allowed == two.Decide(s).Allowed);
        }).QuickCheckThrowOnFailure();

    /// <summary>The rule as the documentation words it: of all that match, the highest precedence decides, and a deny wins a tie.</summary>
    private static bool Naive(IReadOnlyList<Intention> intentions, string source, string destination, IntentionAction @default)
    {
        var matching = intentions.Where(i => i.Matches(source, destination)).ToList();
        if (matching.Count == 0)
        {
            return @default == IntentionAction.Allow;
        }

        var highest = matching.Max(i => i.Precedence);
        return matching.Where(i => i.Precedence == highest).All(i => i.Action == IntentionAction.Allow);
    }

    private static Gen<(Intention[] Intentions, string Destination, IntentionAction Default)> Cases()
    {
        var action = Gen.Elements(IntentionAction.Allow, IntentionAction.Deny);
        var intention =
            from source in Gen.Elements(Sources)
            from destination in Gen.Elements(Sources)
            from act in action
            select Make(source, destination, act);
        return from list in intention.ArrayOf()
               from destination in Gen.Elements(Services)
               from otherwise in action
               select (list, destination, otherwise);
    }

    private static Intention Make(string source, string destination, IntentionAction action) =>
        new() { Id = $"{source}>{destination}:{action}", SourceName = source, DestinationName = destination, Action = action };
}
