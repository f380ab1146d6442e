namespace Konsul.Mesh.Server.EtcdGateway;

internal enum CompareResult
{
    Equal = 0,
    Greater = 1,
    Less = 2,
    NotEqual = 3,
}
