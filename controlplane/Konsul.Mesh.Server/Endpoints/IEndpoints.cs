using Konsul.Mesh.Server.Http;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary>A group of routes that belong together.</summary>
internal interface IEndpoints
{
    IEnumerable<ApiRoute> Routes { get; }
}
