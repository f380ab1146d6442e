namespace Konsul.Mesh.Model.Catalog;

public sealed record ServiceAddress(string Address, int Port);
