using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.TestKit.Network;

/// <summary>
/// A few network namespaces, joined by a bridge on which the test itself has an address too, so that its clients reach every site whatever is cut
/// between the sites. Packets are dropped where they arrive. All names hold one random word; disposal removes what bears it, whatever came before.
/// </summary>
public sealed class NetworkNamespaces : IAsyncDisposable
{
    private const int MaxSites = 9;
    private const int FirstHost = 10;
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(10);
    private static readonly Lazy<Task<string?>> Obstacle = new(FindObstacleAsync);
    private readonly string _word = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
    private readonly string _network;

    private NetworkNamespaces(int sites, string network)
    {
        _network = network;
        Sites = [.. Enumerable.Range(0, sites).Select(i => new Site($"{network}.{FirstHost + i}", Tool("ip"), "netns", "exec", Namespace(i)))];
    }

    public IReadOnlyList<Site> Sites { get; }

    /// <summary>The word in the names of all that belongs to it.</summary>
    public string Name => _word;

    /// <summary>Why there can be none here, to skip a test by; null if there can.</summary>
    public static Task<string?> WhyNotAsync() => Obstacle.Value;

    /// <param name="sites">1 to 9.</param>
    /// <exception cref="InvalidOperationException">A command failed; what was made is removed again.</exception>
    public static async Task<NetworkNamespaces> CreateAsync(int sites)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sites, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sites, MaxSites);
        var made = new NetworkNamespaces(sites, FreeNetwork());
        try
        {
            await made.SetUpAsync().ConfigureAwait(false);
            return made;
        }
        catch
        {
            await made.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>From here on nothing passes these links; what was cut or lossy before, and is not named, is whole again.</summary>
    public Task CutAsync(params IEnumerable<Link> links) => FilterAsync(links, "drop");

    /// <summary>The same with packets lost by chance, each with this probability in per cent.</summary>
    public Task LoseAsync(int percent, params IEnumerable<Link> links)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(percent, 99);
        ArgumentOutOfRangeException.ThrowIfLessThan(percent, 1);
        return FilterAsync(links, string.Create(CultureInfo.InvariantCulture, $"numgen random mod 100 < {percent} drop"));
    }

    public Task HealAsync() => FilterAsync([], "");

    /// <summary>The programs in the namespaces should have ended: a namespace lives as long as one is in it.</summary>
    public async ValueTask DisposeAsync()
    {
        List<string> failures = [];
        foreach (var made in NetworkInterface.GetAllNetworkInterfaces().Select(i => i.Name).Where(n => n.Contains(_word, StringComparison.Ordinal)))
        {
            await TryAsync(["link", "delete", made]).ConfigureAwait(false);
        }

        var there = await OutputAsync("ip", ["netns", "list"]).ConfigureAwait(false);
        foreach (var name in Enumerable.Range(0, Sites.Count).Select(Namespace).Where(n => there.Contains(n, StringComparison.Ordinal)))
        {
            await TryAsync(["netns", "delete", name]).ConfigureAwait(false);
        }

        if (failures.Count > 0)
        {
            throw new InvalidOperationException($"Not all of the network {_word} could be removed: {string.Join("; ", failures)}");
        }

        async Task TryAsync(string[] arguments)
        {
            try
            {
                await OutputAsync("ip", arguments).ConfigureAwait(false);
            }
            catch (InvalidOperationException e)
            {
                failures.Add(e.Message);
            }
        }
    }

    private string Bridge => $"kmb{_word}";

    private string Namespace(int site) => $"konsul-{_word}-{site}";

    private async Task SetUpAsync()
    {
        var commands = new StringBuilder($"link add {Bridge} type bridge\naddress add {_network}.1/24 dev {Bridge}\nlink set {Bridge} up\n");
        for (var i = 0; i < Sites.Count; i++)
        {
            commands.Append(CultureInfo.InvariantCulture, $"netns add {Namespace(i)}\nlink add kmv{_word}{i} type veth peer name eth0 netns {Namespace(i)}\n");
            commands.Append(CultureInfo.InvariantCulture, $"link set kmv{_word}{i} master {Bridge} up\n");
        }

        await OutputAsync("ip", ["-batch", "-"], commands.ToString()).ConfigureAwait(false);
        for (var i = 0; i < Sites.Count; i++)
        {
            var inside = $"address add {Sites[i].Address}/24 dev eth0\nlink set lo up\nlink set eth0 up\n";
            await OutputAsync("ip", ["-n", Namespace(i), "-batch", "-"], inside).ConfigureAwait(false);
        }

        await HealAsync().ConfigureAwait(false);
    }

    private Task FilterAsync(IEnumerable<Link> links, string verdict)
    {
        var byReceiver = links.Distinct().ToLookup(l => l.To, l => l.From);
        return Task.WhenAll(Enumerable.Range(0, Sites.Count).Select(site =>
        {
            // One transaction: never is a part of the rules in force.
            var rules = new StringBuilder(
                "table ip faults\ndelete table ip faults\ntable ip faults {\n chain arriving {\n  type filter hook input priority 0; policy accept;\n");
            foreach (var from in byReceiver[site])
            {
                rules.Append(CultureInfo.InvariantCulture, $"  ip saddr {Sites[from].Address} {verdict}\n");
            }

            return OutputAsync("ip", ["netns", "exec", Namespace(site), Tool("nft"), "-f", "-"], rules.Append(" }\n}\n").ToString());
        }));
    }

    private static async Task<string?> FindObstacleAsync()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "network namespaces are Linux's";
        }

        foreach (var tool in new[] { "ip", "nft" })
        {
            if (Programs.Find(tool) is null)
            {
                return $"{tool} is not installed";
            }
        }

        try
        {
            var probe = await CreateAsync(1).ConfigureAwait(false);
            await using (probe.ConfigureAwait(false))
            {
                await probe.LoseAsync(50, new Link(0, 0)).ConfigureAwait(false);
            }

            return null;
        }
        catch (InvalidOperationException e)
        {
            return $"network namespaces are not permitted here: {e.Message}";
        }
    }

    /// <summary>A /24 of 10.192.0.0/10 that no interface of this namespace is in.</summary>
    private static string FreeNetwork()
    {
        var taken = NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Where(a => a.Address.AddressFamily == AddressFamily.InterNetwork)
            .Select(a => new IPNetwork(Masked(a.Address, a.PrefixLength), a.PrefixLength))
            .ToArray();
        while (true)
        {
            var network = $"10.{RandomNumberGenerator.GetInt32(192, 256)}.{RandomNumberGenerator.GetInt32(256)}";
            if (!taken.Any(t => t.Contains(IPAddress.Parse($"{network}.1"))))
            {
                return network;
            }
        }
    }

    private static IPAddress Masked(IPAddress address, int length)
    {
        var mask = length == 0 ? 0 : uint.MaxValue << (32 - length);
        var bytes = address.GetAddressBytes();
        BinaryPrimitives.WriteUInt32BigEndian(bytes, BinaryPrimitives.ReadUInt32BigEndian(bytes) & mask);
        return new IPAddress(bytes);
    }

    private static string Tool(string name) => Programs.Find(name) ?? name;

    private static async Task<string> OutputAsync(string tool, string[] arguments, string? input = null)
    {
        var run = ProgramProcess.Start(tool, Tool(tool), arguments, input: input);
        await using (run.ConfigureAwait(false))
        {
            var code = await run.WaitForExitAsync(CommandTimeout).ConfigureAwait(false);
            return code == 0 ? run.Output : throw new InvalidOperationException($"{tool} {string.Join(' ', arguments)}: {code}, {run.Output.ReplaceLineEndings(" ")}");
        }
    }
}
