namespace Konsul.Mesh.Model.Intentions;

/// <param name="Allowed">Whether the source may talk to the destination.</param>
/// <param name="IntentionId">The intention that decided; empty when the default did.</param>
public readonly record struct IntentionDecision(bool Allowed, string IntentionId);
