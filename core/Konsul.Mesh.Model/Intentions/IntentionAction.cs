namespace Konsul.Mesh.Model.Intentions;

public enum IntentionAction
{
    Deny,
    Allow,
}
