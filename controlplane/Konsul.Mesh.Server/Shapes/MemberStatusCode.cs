namespace Konsul.Mesh.Server.Shapes;

/// <summary>The numbers of Serf.</summary>
internal enum MemberStatusCode
{
    None = 0,
    Alive = 1,
    Leaving = 2,
    Left = 3,
    Failed = 4,
}
