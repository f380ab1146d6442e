namespace Konsul.Mesh.Model.Sessions;

/// <summary>A check of a service on the session's node.</summary>
/// <param name="Id">The check's id.</param>
/// <param name="Namespace">As the client wrote it; checks are all in the default one.</param>
public sealed record SessionServiceCheck(string Id, string Namespace);
