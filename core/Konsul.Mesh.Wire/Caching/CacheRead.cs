using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Wire.Caching;

/// <summary>What a cache had: its resources, or why there are none. Neither when the file does not exist.</summary>
public readonly record struct CacheRead(IReadOnlyList<DeltaResponse>? Resources, string? Error);
