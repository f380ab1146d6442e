namespace Konsul.Mesh.Proxy.Core.Authorization;

/// <summary>A request that can be ended from outside while it runs.</summary>
internal interface IRunningRequest
{
    /// <summary>Where <see cref="RunningRequests"/> keeps it; nobody else's affair.</summary>
    int Place { get; set; }

    /// <summary>Ends it. Called only between its entering and its leaving.</summary>
    void Abort();
}
