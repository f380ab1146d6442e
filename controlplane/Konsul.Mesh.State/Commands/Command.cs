namespace Konsul.Mesh.State.Commands;

/// <summary>A change to the state, as it is written to the log. Everything that Apply may not ask for (ids, times) is in it.</summary>
public abstract record Command;
