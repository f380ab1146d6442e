using System.Collections.Immutable;

namespace Konsul.Mesh.Proxy.Options;

/// <summary>The service that a sidecar registers by itself.</summary>
/// <param name="Id">Null: made of name, address and port once the address is known.</param>
/// <param name="Address">What peers are told; null: found out.</param>
/// <param name="Protocol">auto, tcp, http, http2 or grpc.</param>
internal sealed record ServiceOptions(
    string Name, string? Id, int Port, string? Address, string Protocol, ImmutableArray<UpstreamOption> Upstreams);
