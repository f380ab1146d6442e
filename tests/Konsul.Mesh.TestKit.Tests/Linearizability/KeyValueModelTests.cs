using Konsul.Mesh.TestKit.Linearizability;
using Konsul.Mesh.TestKit.Linearizability.Models;

namespace Konsul.Mesh.TestKit.Tests.Linearizability;

public sealed class KeyValueModelTests
{
    private readonly List<Operation<KeyValueInput, KeyValueOutput>> _history = [];

    [Fact]
    public void Check_EveryKindOfOperation_IsOkWithItsResults()
    {
        Get(null);
        Does(KeyValueInput.Append("k", "a"));
        Does(KeyValueInput.Append("k", "b"));
        Get("ab");
        Swap("ab", "c", true);
        Swap("ab", "d", false);
        Get("c");
        Does(KeyValueInput.Delete("k"));
        Get(null);
        Swap(null, "e", true);
        Does(KeyValueInput.Put("k", "f"));
        Get("f");

        Assert.Equal(Verdict.Ok, LinearizabilityChecker.Check(new KeyValueModel(), _history).Verdict);
    }

    [Fact]
    public void Check_EmptyValueOfAnAbsentKey_DependsOnWhereKeysBegin()
    {
        Get("");

        Assert.Equal(Verdict.Illegal, LinearizabilityChecker.Check(new KeyValueModel(), _history).Verdict);
        Assert.Equal(Verdict.Ok, LinearizabilityChecker.Check(new KeyValueModel(initial: ""), _history).Verdict);
    }

    [Fact]
    public void Check_DeletedValueIsRead_IsIllegalAndNamed()
    {
        Does(KeyValueInput.Put("k", "v"));
        Does(KeyValueInput.Delete("k"));
        Get("v");

        var result = LinearizabilityChecker.Check(new KeyValueModel(), _history);

        Assert.Equal(Verdict.Illegal, result.Verdict);
        Assert.Contains("get(k) -> \"v\"   <-- nothing explains this", result.Describe(), StringComparison.Ordinal);
    }

    private void Get(string? found) => Add(KeyValueInput.Get("k"), KeyValueOutput.Got(found));

    private void Swap(string? expected, string value, bool swapped) =>
        Add(KeyValueInput.CompareAndSet("k", expected, value), KeyValueOutput.CompareAndSet(swapped));

    private void Does(KeyValueInput input) => Add(input, KeyValueOutput.Done);

    private void Add(KeyValueInput input, KeyValueOutput output) => _history.Add(new(0, input, 2 * _history.Count, output, (2 * _history.Count) + 1));
}
