namespace Konsul.Mesh.Model.Catalog;

public enum ServiceKind
{
    Typical,
    ConnectProxy,
    MeshGateway,
    IngressGateway,
    TerminatingGateway,
}
