namespace Konsul.Mesh.Model.Catalog;

/// <summary>What a service speaks. <see cref="Auto"/> looks at the first bytes that the client sends.</summary>
public enum ServiceProtocol
{
    Auto,
    Tcp,
    Http,
    Http2,
    Grpc,
}
