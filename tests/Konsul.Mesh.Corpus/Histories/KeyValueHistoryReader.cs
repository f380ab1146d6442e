using System.Globalization;
using Konsul.Mesh.TestKit.Linearizability;
using Konsul.Mesh.TestKit.Linearizability.Models;

namespace Konsul.Mesh.Corpus.Histories;

/// <summary>
/// Histories of a key-value store, an EDN map per line: {:process 0, :type :invoke, :f :append, :key "0", :value "x"}. The store they come
/// from does not tell an absent key from an empty one.
/// </summary>
internal sealed class KeyValueHistoryReader : ICorpusReader
{
    public string Kind => "key-value history";

    public ICorpusCase? TryRead(CorpusFile file)
    {
        if (!IsHistory(file.Lines.FirstOrDefault(line => !string.IsNullOrWhiteSpace(line))))
        {
            return null;
        }

        var history = new HistoryBuilder<KeyValueInput, KeyValueOutput>();
        foreach (var (at, line) in file.Lines.Index().Where(l => !string.IsNullOrWhiteSpace(l.Item)))
        {
            try
            {
                Read(history, at, EdnMap.Parse(line));
            }
            catch (FormatException e)
            {
                throw new FormatException($"line {at + 1}: {e.Message}", e);
            }
        }

        return new HistoryCase<string?, KeyValueInput, KeyValueOutput>(
            new KeyValueModel(initial: ""), history.Build(), ExpectedVerdict.Of(file.Name));
    }

    private static bool IsHistory(string? line) =>
        line is not null
        && line.TrimStart().StartsWith('{')
        && line.Contains(":process", StringComparison.Ordinal)
        && line.Contains(":type", StringComparison.Ordinal);

    private static void Read(HistoryBuilder<KeyValueInput, KeyValueOutput> history, long time, EdnMap map)
    {
        var process = map.Text(":process");
        if (!int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out var client))
        {
            // The nemesis and the like.
            return;
        }

        var value = map.TextOrNil(":value") ?? "";
        switch (map.Text(":type"))
        {
            case ":invoke":
                history.Invoke(client, Input(map, value), time);
                break;
            case ":ok":
                history.Complete(client, input => input.Action == KeyValueAction.Get ? KeyValueOutput.Got(value) : KeyValueOutput.Done, time);
                break;
            case ":fail":
                history.DidNotHappen(client);
                break;
            case ":info":
                history.Unknown(client);
                break;
            case var type:
                throw new FormatException($"event {type}");
        }
    }

    private static KeyValueInput Input(EdnMap map, string value) => map.Text(":f") switch
    {
        ":get" => KeyValueInput.Get(map.Text(":key")),
        ":put" => KeyValueInput.Put(map.Text(":key"), value),
        ":append" => KeyValueInput.Append(map.Text(":key"), value),
        ":delete" => KeyValueInput.Delete(map.Text(":key")),
        var f => throw new FormatException($"operation {f}"),
    };
}
