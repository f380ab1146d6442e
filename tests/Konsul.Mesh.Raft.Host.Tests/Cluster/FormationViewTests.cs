using System.Text.Json;
using Konsul.Mesh.Raft.Host.Cluster;

namespace Konsul.Mesh.Raft.Host.Tests.Cluster;

public sealed class FormationViewTests
{
    [Theory]
    [InlineData(new ulong[] { 3, 1, 2 }, 3, new ulong[] { 1, 2, 3 })]
    [InlineData(new ulong[] { 9, 4, 7, 2 }, 3, new ulong[] { 2, 4, 7 })]
    [InlineData(new ulong[] { 1, 1, 2 }, 3, new ulong[0])]
    [InlineData(new ulong[] { 1, 2 }, 3, new ulong[0])]
    [InlineData(new ulong[] { 5 }, 1, new ulong[] { 5 })]
    public void CircleOf_SeenServers_IsTheLowestIdsOrNobody(ulong[] seen, int expect, ulong[] circle) =>
        Assert.Equal(circle, FormationView.CircleOf(seen, expect));

    [Fact]
    public void CircleOf_ServersThatSeeTheSameInAnyOrder_ComeToTheSame()
    {
        ulong[] seen = [40, 10, 30, 20];

        Assert.Equal(FormationView.CircleOf(seen, 3), FormationView.CircleOf(seen.Reverse(), 3));
    }

    [Fact]
    public void ClusterOf_Founders_IsOneIdForThemAndAnotherForOthers()
    {
        var id = FormationView.ClusterOf([1, 2, 3]);

        Assert.Equal(id, FormationView.ClusterOf([1, 2, 3]));
        Assert.NotEqual(id, FormationView.ClusterOf([1, 2, 4]));
        Assert.NotEqual(id, FormationView.ClusterOf([1, 2]));
        Assert.NotEqual(FormationView.ClusterOf([0x12]), FormationView.ClusterOf([0x1, 0x2]));
        Assert.NotEqual(Guid.Empty, id);
    }

    [Fact]
    public void Decode_WhatWasEncoded_IsTheSame()
    {
        var view = new FormationView { ClusterId = Guid.NewGuid(), Founders = [1, 2, ulong.MaxValue], Expect = 3, Circle = [1, 2] };

        var read = FormationView.Decode(view.Encode());

        Assert.Equal((view.ClusterId, view.Expect), (read.ClusterId, read.Expect));
        Assert.Equal(view.Founders, read.Founders);
        Assert.Equal(view.Circle, read.Circle);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("{\"ClusterId\":\"x\"}")]
    [InlineData("")]
    public void Decode_Anything_IsRefused(string text) =>
        Assert.ThrowsAny<JsonException>(() => FormationView.Decode(System.Text.Encoding.UTF8.GetBytes(text)));
}
