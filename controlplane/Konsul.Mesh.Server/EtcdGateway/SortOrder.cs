namespace Konsul.Mesh.Server.EtcdGateway;

internal enum SortOrder
{
    None = 0,
    Ascend = 1,
    Descend = 2,
}
