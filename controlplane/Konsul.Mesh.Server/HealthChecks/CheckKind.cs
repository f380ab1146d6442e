namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>The words of <see cref="Model.Catalog.HealthCheck.Type"/>.</summary>
internal static class CheckKind
{
    public const string Http = "http";
    public const string Tcp = "tcp";
    public const string Ttl = "ttl";
    public const string Alias = "alias";
}
