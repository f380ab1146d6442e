namespace Konsul.Mesh.Telemetry.Families;

/// <summary>Which of the two sidecars counted.</summary>
public enum Reporter
{
    Source,
    Destination,
}
