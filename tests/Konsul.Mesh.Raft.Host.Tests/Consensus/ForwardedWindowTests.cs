using Konsul.Mesh.Raft.Host.Consensus;

namespace Konsul.Mesh.Raft.Host.Tests.Consensus;

public sealed class ForwardedWindowTests
{
    private readonly ForwardedWindow _window = new();

    [Fact]
    public void TryEnter_SameCommandAgain_OnlyOnceInATerm()
    {
        Assert.True(_window.TryEnter(1, new CommandHeader(7, 1)));
        Assert.False(_window.TryEnter(1, new CommandHeader(7, 1)));
        Assert.True(_window.TryEnter(1, new CommandHeader(8, 1)));
        Assert.True(_window.TryEnter(2, new CommandHeader(7, 1)));
    }

    [Fact]
    public void TryEnter_OutOfOrder_EachOnce()
    {
        ulong[] numbers = [5, 3, 9, 1, 4];

        Assert.All(numbers, n => Assert.True(_window.TryEnter(1, new CommandHeader(7, n))));
        Assert.All(numbers, n => Assert.False(_window.TryEnter(1, new CommandHeader(7, n))));
    }

    [Fact]
    public void Forget_WhatWasNotAppendedAfterAll_MayComeAgain()
    {
        Assert.True(_window.TryEnter(1, new CommandHeader(7, 1)));

        _window.Forget(new CommandHeader(7, 1));
        _window.Forget(new CommandHeader(99, 1));

        Assert.True(_window.TryEnter(1, new CommandHeader(7, 1)));
    }

    [Fact]
    public void TryEnter_FarMoreThanItKeeps_OldOnesCountAsTaken_NewOnesEnterOnce()
    {
        const ulong Count = 5 * ForwardedWindow.Size;
        for (ulong n = 1; n <= Count; n++)
        {
            Assert.True(_window.TryEnter(1, new CommandHeader(7, n)));
        }

        Assert.False(_window.TryEnter(1, new CommandHeader(7, 1)));
        for (var n = Count - ForwardedWindow.Size + 1; n <= Count; n++)
        {
            Assert.False(_window.TryEnter(1, new CommandHeader(7, n)));
        }

        Assert.True(_window.TryEnter(1, new CommandHeader(7, Count + 1)));
    }

    [Fact]
    public void TryEnter_ManyOrigins_ForgetsTheOneUnusedForLongest()
    {
        for (ulong origin = 1; origin <= 256; origin++)
        {
            _window.TryEnter(1, new CommandHeader(origin, 1));
        }

        _window.TryEnter(1, new CommandHeader(1, 2));
        _window.TryEnter(1, new CommandHeader(1000, 1));

        Assert.False(_window.TryEnter(1, new CommandHeader(1, 1)));
        Assert.True(_window.TryEnter(1, new CommandHeader(2, 1)));
    }
}
