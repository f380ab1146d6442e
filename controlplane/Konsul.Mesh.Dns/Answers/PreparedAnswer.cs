namespace Konsul.Mesh.Dns.Answers;

/// <param name="Answer">What to say.</param>
/// <param name="Stamp">For how long that holds.</param>
internal sealed record PreparedAnswer(Answer Answer, Stamp Stamp);
