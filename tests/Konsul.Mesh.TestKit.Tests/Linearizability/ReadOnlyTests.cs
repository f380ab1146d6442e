using FsCheck;
using FsCheck.Fluent;

namespace Konsul.Mesh.TestKit.Tests.Linearizability;

public sealed class ReadOnlyTests
{
    [Fact]
    public void IsReadOnly_WhateverTheState_ChangesNothing()
    {
        var readOnly = 0;
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), Gen.Choose(-1, 3).ToArbitrary(), (number, value) =>
        {
            var operation = GeneratedHistory.Arbitrary([number])[0];
            long? state = value < 0 ? null : value;
            if (!Register.Sequential.IsReadOnly(operation.Input, operation.Outcome)
                || !Register.Sequential.TryStep(state, operation.Input, operation.Outcome, out var next))
            {
                return true;
            }

            readOnly++;
            return next == state;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
        Assert.True(readOnly > 50, $"only {readOnly}");
    }
}
