namespace Konsul.Mesh.Raft;

public enum RaftRole
{
    Follower,
    PreCandidate,
    Candidate,
    Leader,
}
