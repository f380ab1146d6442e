namespace Konsul.Mesh.Raft.Host;

public enum LogRole
{
    Follower,
    Leader,
    Stopped,
}
