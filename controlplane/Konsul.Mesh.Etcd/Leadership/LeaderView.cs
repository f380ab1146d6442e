namespace Konsul.Mesh.Etcd.Leadership;

/// <summary>Who leads, as this server knows it.</summary>
/// <param name="Leader">Empty: nobody, or not known.</param>
/// <param name="Term">The revision at which it was elected; grows with every election.</param>
/// <param name="Mine">It is this server, until <paramref name="Until"/>.</param>
/// <param name="Until">A timestamp of the time provider; the lease is counted from the sending of its last renewal.</param>
internal sealed record LeaderView(string Leader, long Term, bool Mine, long Until)
{
    public static LeaderView Unknown { get; } = new("", 0, false, 0);
}
