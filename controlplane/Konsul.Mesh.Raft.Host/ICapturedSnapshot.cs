namespace Konsul.Mesh.Raft.Host;

public interface ICapturedSnapshot : IDisposable
{
    void WriteTo(Stream destination);
}
