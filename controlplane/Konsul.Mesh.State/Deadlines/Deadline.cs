namespace Konsul.Mesh.State.Deadlines;

/// <summary>
/// Something that ends by itself. The state knows how long it has, not when that is over: whoever leads measures the time from when it first sees the
/// deadline, with its own clock, and proposes the end. So nothing ends early, and a change of leader gives everything its whole time again.
/// </summary>
/// <param name="Kind">What ends.</param>
/// <param name="Key">Of the session or the key, with its namespace.</param>
/// <param name="After">How long it has.</param>
/// <param name="Since">The index that started it; the same thing begun anew has another one.</param>
public readonly record struct Deadline(DeadlineKind Kind, string Key, TimeSpan After, ulong Since);
