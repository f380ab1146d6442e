namespace Konsul.Mesh.Proxy.Core;

/// <param name="Id">As in the snapshot.</param>
/// <param name="Address">Of the endpoint's sidecar.</param>
/// <param name="Port">Of the endpoint's sidecar.</param>
/// <param name="Weight">At least 1.</param>
/// <param name="EwmaMs">The latency estimate, milliseconds.</param>
/// <param name="Pending">Requests or connections in flight.</param>
/// <param name="ConnectFailures">Connections in a row that could not be opened.</param>
public sealed record EndpointDescription(string Id, string Address, int Port, int Weight, double EwmaMs, int Pending, int ConnectFailures);
