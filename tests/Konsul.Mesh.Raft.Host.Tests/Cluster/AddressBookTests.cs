using Konsul.Mesh.Raft.Host.Cluster;
using Konsul.Mesh.Raft.Host.Peers;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Raft.Host.Tests.Cluster;

public sealed class AddressBookTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("peers");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Note_News_IsKeptForTheNextStart()
    {
        var book = new AddressBook(Path);

        Assert.True(book.Note(1, new PeerAddress("a.example", 7000)));
        Assert.False(book.Note(1, new PeerAddress("a.example", 7000)));
        Assert.True(book.Note(1, new PeerAddress("b.example", 7001)));
        Assert.True(book.Note(2, new PeerAddress("::1", 7000)));

        var again = new AddressBook(Path).All;
        Assert.Equal(new PeerAddress("b.example", 7001), again[1]);
        Assert.Equal(new PeerAddress("::1", 7000), again[2]);
        Assert.Equal(2, again.Count);
    }

    [Fact]
    public void Remove_KnownServer_IsGoneAlsoAfterTheNextStart()
    {
        var book = new AddressBook(Path);
        book.Note(1, new PeerAddress("a.example", 7000));

        Assert.True(book.Remove(1));
        Assert.False(book.Remove(1));

        Assert.Empty(new AddressBook(Path).All);
    }

    [Fact]
    public void Open_DamagedLines_AreLeftOutAndTheRestIsRead()
    {
        File.WriteAllText(Path, "\0\0\nnonsense\n0000000000000001\n0000000000000001 nowhere\n0000000000000000 a:1\n0000000000000002 b.example:7000\nzz b:1\n");

        Assert.Equal([2UL], new AddressBook(Path).All.Keys);
    }

    [Fact]
    public void All_IsACopy()
    {
        var book = new AddressBook(Path);
        var before = book.All;

        book.Note(1, new PeerAddress("a.example", 7000));

        Assert.Empty(before);
    }
}
