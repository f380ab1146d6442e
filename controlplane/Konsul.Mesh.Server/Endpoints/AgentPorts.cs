namespace Konsul.Mesh.Server.Endpoints;

/// <summary>What an agent says of how it runs.</summary>
/// <param name="Grpc">Its gRPC port; 0 until it is listened on.</param>
/// <param name="RunsScripts">Whether checks may run programs.</param>
internal sealed record AgentPorts(Func<int> Grpc, bool RunsScripts);
