using System.Security.Cryptography;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.TestKit.Network;

/// <summary>
/// Where programs of a test run: an address that nobody else uses, so that they can listen on fixed ports. A free port taken from the system
/// can be taken again by any outgoing connection of the machine before the program, or one that is started again, listens on it.
/// </summary>
public sealed class Site
{
    private const int LastHost = 254;
    private static readonly Lock Loopbacks = new();
    private static (int Network, int Host) _last = (0, LastHost);
    private readonly string[] _enter;

    /// <param name="address">IPv4, without a port.</param>
    /// <param name="enter">The command before a program that starts it there; none for this network namespace.</param>
    internal Site(string address, params string[] enter) => (Address, _enter) = (address, enter);

    public string Address { get; }

    /// <summary>So many addresses of this machine's loopback that no other test has.</summary>
    public static Site[] OnLoopback(int count)
    {
        lock (Loopbacks)
        {
            return [.. Enumerable.Range(0, count).Select(_ => new Site(NextLoopback()))];
        }
    }

    /// <summary>address:port.</summary>
    public string At(int port) => $"{Address}:{port}";

    public ProgramProcess Start(string name, string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        string[] all = [.. _enter, file, .. arguments];
        return ProgramProcess.Start(name, all[0], all[1..], environment);
    }

    // Another process of tests draws other networks, with near certainty: there are 28,000.
    private static string NextLoopback()
    {
        if (_last.Host == LastHost)
        {
            _last = (RandomNumberGenerator.GetInt32(16, 127) * 256 + RandomNumberGenerator.GetInt32(256), 0);
        }

        _last.Host++;
        return $"127.{_last.Network / 256}.{_last.Network % 256}.{_last.Host}";
    }
}
