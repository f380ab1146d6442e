using FsCheck;
using FsCheck.Fluent;
using Konsul.Mesh.State.Collections;

namespace Konsul.Mesh.State.Tests.Collections;

public sealed class MapBuilderTests
{
    [Fact]
    public void Build_AnyAscendingKeys_EqualsInsertsInAnyOrderAndStaysAWorkingMap()
    {
        var keys = Gen.ListOf(Gen.Choose(-5000, 5000)).Resize(3000).ToArbitrary();

        Prop.ForAll(keys, list =>
        {
            var (none, builder) = (PersistentMap<int, string>.Empty(Comparer<int>.Default), new MapBuilder<int, string>(Comparer<int>.Default));
            var inserted = list.Aggregate(none, (map, key) => map.Set(key, $"v{key}"));
            foreach (var key in list.Distinct().Order())
            {
                builder.Add(key, $"v{key}");
            }

            var built = builder.Build();
            var half = list.Where((_, i) => i % 2 == 0).ToList();
            return built.Count == inserted.Count && built.SequenceEqual(inserted) && list.All(k => built.GetValueOrDefault(k) == $"v{k}")
                && half.Aggregate(built, (m, k) => m.Remove(k)).SequenceEqual(half.Aggregate(inserted, (m, k) => m.Remove(k)))
                && built.Set(0, "new").SequenceEqual(inserted.Set(0, "new"));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60).WithEndSize(3000));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(64)]
    public void Add_KeyThatIsNotAboveTheLast_IsRefusedAlsoBetweenTwoLeaves(int before)
    {
        var builder = new MapBuilder<int, int>(Comparer<int>.Default);
        for (var key = 0; key < before; key++)
        {
            builder.Add(key, key);
        }

        Assert.Throws<ArgumentException>(() => builder.Add(before - 1, 0));
    }
}
