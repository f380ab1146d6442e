namespace Konsul.Mesh.Server.EtcdGateway;

internal enum SortTarget
{
    Key = 0,
    Version = 1,
    Create = 2,
    Mod = 3,
    Value = 4,
}
