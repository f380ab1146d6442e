namespace Konsul.Mesh.Server.Queries;

/// <summary>What a read found in one view.</summary>
/// <param name="Index">When the answer last changed; what X-Consul-Index says.</param>
/// <param name="Value">The answer itself.</param>
/// <param name="Missing">Nothing is there. While that stays so a blocked query sleeps on, whatever the index does (the index of something
/// missing is its whole table's).</param>
internal readonly record struct Answer<T>(ulong Index, T Value, bool Missing = false);
