using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.State.Commands;
using static Konsul.Mesh.State.Tests.StoreFixture;

namespace Konsul.Mesh.State.Tests.Network;

public sealed class NetworkTests
{
    private readonly StoreFixture _fixture = new();

    [Fact]
    public void FireEvent_MoreThanAreKept_KeepsTheNewestInOrder()
    {
        for (var i = 0; i < 300; i++)
        {
            _fixture.Do(new FireEvent { Event = new UserEvent { Id = $"e{i}", Name = "x" } });
        }

        var events = _fixture.View.Network.Events.ToList();
        Assert.Equal((256, "e44", 300UL), (events.Count, events[0].Id, events[^1].LTime));
        Assert.Equal(_fixture.View.Index, _fixture.View.Network.EventsIndex);
    }

    [Fact]
    public void UpdateCoordinates_UnknownNodeOrSameAgain_ChangesNothing()
    {
        _fixture.Register(Service("api"));
        _fixture.Do(Place("n1", 0.5));
        var index = _fixture.View.Network.CoordinatesIndex;

        _fixture.Do(Place("elsewhere", 1));
        _fixture.Do(Place("n1", 0.5));

        Assert.Equal(index, _fixture.View.Network.CoordinatesIndex);
        Assert.Empty(_fixture.View.Network.Of("elsewhere"));
        Assert.Equal(double.PositiveInfinity, _fixture.View.Network.Distance("n1", "elsewhere"));
    }

    [Theory]
    [InlineData(double.NaN, 0)]
    [InlineData(0, -1)]
    public void UpdateCoordinates_NoPlace_IsRefused(double first, double height)
    {
        _fixture.Register(Service("api"));
        var store = new StateStore();

        // JSON has no NaN: such a command cannot even be written.
        if (double.IsNaN(first))
        {
            Assert.ThrowsAny<ArgumentException>(() => CommandCodec.Encode(Place("n1", first)));
            return;
        }

        var result = store.Apply(1, CommandCodec.Encode(new UpdateCoordinates
        {
            Coordinates = [new NetworkCoordinate { Node = "n1", Vector = [.. new double[8]], Height = height }],
        }));
        Assert.Equal(ApplyFailure.Invalid, result.Failure);
    }

    [Fact]
    public void DistanceTo_OtherNode_AddsHeightsAndNeverGoesBelowZero()
    {
        var a = new NetworkCoordinate { Node = "a", Vector = [3, 0, 0, 0, 0, 0, 0, 0], Height = 0.5 };
        var b = new NetworkCoordinate { Node = "b", Vector = [0, 4, 0, 0, 0, 0, 0, 0], Height = 0.5 };

        Assert.Equal(6, a.DistanceTo(b), 9);
        Assert.Equal(6, a.DistanceTo(b with { Adjustment = -100 }), 9);
        Assert.Equal(7, a.DistanceTo(b with { Adjustment = 1 }), 9);
    }

    private static UpdateCoordinates Place(string node, double first) =>
        new() { Coordinates = [new NetworkCoordinate { Node = node, Vector = [first, 0, 0, 0, 0, 0, 0, 0] }] };
}
