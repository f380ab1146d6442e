namespace Konsul.Mesh.Proxy.Core.LoadBalancing;

public sealed record PeakEwmaOptions
{
    /// <summary>Time constant with which old latencies are forgotten. Default 10 s.</summary>
    public TimeSpan Decay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What an endpoint is taken for until its first answer. Default 30 ms.</summary>
    public TimeSpan DefaultRtt { get; init; } = TimeSpan.FromMilliseconds(30);

    /// <summary>Latencies below it do not tell endpoints apart: they are scheduling noise, and a pick that follows noise starves an
    /// endpoint for one slow answer. Below it the number of pending requests decides alone. Default 5 ms.</summary>
    public TimeSpan NoiseFloor { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>First answers of which the smallest counts, not the largest: a cold path is no slow endpoint. Default 5.</summary>
    public int WarmUpAnswers { get; init; } = 5;

    /// <summary>First pause after a connection that could not be opened; doubles each time, up to <see cref="MaxBackoff"/>.
    /// Default 100 ms.</summary>
    public TimeSpan MinBackoff { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Default 10 s.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(10);
}
