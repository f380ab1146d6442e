namespace Konsul.Mesh.Model.Catalog;

/// <summary>Health as Consul counts it; the larger value is the worse one, so an instance's state is the maximum of its checks.</summary>
public enum CheckStatus
{
    Passing,
    Warning,
    Critical,
}
