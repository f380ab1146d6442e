namespace Konsul.Mesh.Server.EtcdGateway;

internal enum KeyRangeKind
{
    One,
    Prefix,
    Stretch,
}
