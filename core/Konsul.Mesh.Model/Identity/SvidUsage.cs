namespace Konsul.Mesh.Model.Identity;

/// <summary>What the peer uses its certificate for: the end that dialled is the client, the end that accepted is the server.</summary>
public enum SvidUsage
{
    Client,
    Server,
}
