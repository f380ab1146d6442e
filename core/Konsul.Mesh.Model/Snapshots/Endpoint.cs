namespace Konsul.Mesh.Model.Snapshots;

/// <summary>One instance of a cluster: the inbound listener of its sidecar. Only instances that may get traffic are listed.</summary>
/// <param name="Id">Unique in its cluster and stable over changes of address: <c>node/service-id</c> of the instance.</param>
public sealed record Endpoint(string Id, string Address, int Port, int Weight);
