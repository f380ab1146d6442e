using System.Collections.Concurrent;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.TestKit;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Identity.Tests;

/// <summary>A client on manual time with its loop running, and what it said and published.</summary>
internal sealed class Fixture : IAsyncDisposable, ILogger<IdentityClient>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Attempts without a time limit arm no timer, so that an armed timer means that the loop sleeps.</summary>
    public static readonly IdentityOptions NoTimeout = new() { AttemptTimeout = Timeout.InfiniteTimeSpan };

    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    public Fixture(IdentityOptions? options = null, double draw = 0.5, ManualTimeProvider? time = null, CertFactory? certs = null)
    {
        Time = time ?? new ManualTimeProvider();
        Certs = certs ?? new CertFactory(Time);
        Signer = new FakeSigner(Certs, Time);
        Client = new IdentityClient(Signer, options ?? NoTimeout, Time, new FixedRandom(draw), this);
        Client.Changed += Published.Enqueue;
    }

    public ManualTimeProvider Time { get; }

    public CertFactory Certs { get; }

    public FakeSigner Signer { get; }

    public IdentityClient Client { get; }

    public ConcurrentQueue<WorkloadIdentity> Published { get; } = [];

    public ConcurrentQueue<string> Log { get; } = [];

    public void Start() => _loop = Client.RunAsync(_stop.Token);

    /// <summary>Starts, and returns when the first leaf is there and the loop sleeps until its renewal.</summary>
    public async Task<WorkloadIdentity> StartWithLeafAsync()
    {
        Start();
        await UntilAsync(() => Client.Renewals == 1 && Asleep);
        return Client.Current!;
    }

    /// <summary>Whether the loop waits for time to pass; holds with <see cref="NoTimeout"/>.</summary>
    public bool Asleep => Time.ArmedTimers == 1;

    public Task UntilFailuresAsync(int failures) => UntilAsync(() => Client.Failures == failures && Asleep);

    public async Task UntilAsync(Func<bool> condition)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(
                TimeProvider.System.GetElapsedTime(deadline) < Patience,
                $"calls {Signer.Calls}, renewals {Client.Renewals}, failures {Client.Failures}, timers {Time.ArmedTimers}, log: {string.Join(" | ", Log)}");
            await Task.Yield();
        }
    }

    /// <summary>Ends the loop; the test CA lives on.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _loop.WaitAsync(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Certs.Dispose();
        _stop.Dispose();
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Log.Enqueue(formatter(state, exception));

    private sealed class FixedRandom(double draw) : IRandom
    {
        public int Next(int exclusiveMax) => (int)(draw * exclusiveMax);

        public double NextDouble() => draw;
    }
}
