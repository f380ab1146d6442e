using System.Collections.Immutable;
using System.Globalization;

namespace Konsul.Mesh.Corpus.Raft;

/// <summary>One case: a command with arguments and input, and the output it must have.</summary>
/// <param name="Line">Where it begins.</param>
/// <param name="Command">The first word.</param>
/// <param name="Arguments">The others.</param>
/// <param name="Input">The lines between command and output.</param>
/// <param name="Expected">The output, each line with its end.</param>
internal sealed record Directive(int Line, string Command, ImmutableArray<DirectiveArgument> Arguments, string Input, string Expected)
{
    /// <summary>Words without values, as numbers: node ids.</summary>
    public ImmutableArray<ulong> Ids =>
        [.. Arguments.Where(a => a.Values.IsEmpty).Select(a => ulong.Parse(a.Key, CultureInfo.InvariantCulture))];

    public ulong FirstId => ulong.Parse(Arguments[0].Key, CultureInfo.InvariantCulture);

    public string? Value(string key) => Arguments.FirstOrDefault(a => a.Key == key) is { Values: [var value, ..] } ? value : null;

    public ImmutableArray<ulong> Numbers(string key) =>
        [.. Arguments.Where(a => a.Key == key).SelectMany(a => a.Values).Select(v => ulong.Parse(v, CultureInfo.InvariantCulture))];
}
