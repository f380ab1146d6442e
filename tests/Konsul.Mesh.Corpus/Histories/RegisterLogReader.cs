using System.Globalization;
using System.Text.RegularExpressions;
using Konsul.Mesh.TestKit.Linearizability;
using Konsul.Mesh.TestKit.Linearizability.Models;

namespace Konsul.Mesh.Corpus.Histories;

/// <summary>
/// Logs of Jepsen tests on one register, lines like "INFO  jepsen.util - 2 :ok :cas [2 4]" with tabs or blanks. Other lines, and those of
/// processes without a number (the nemesis), say nothing about the register.
/// </summary>
internal sealed partial class RegisterLogReader : ICorpusReader
{
    public string Kind => "register history";

    public ICorpusCase? TryRead(CorpusFile file)
    {
        var history = new HistoryBuilder<RegisterInput, RegisterOutput>();
        var any = false;
        foreach (var (at, line) in file.Lines.Index())
        {
            if (OperationLine().Match(line) is { Success: true } match)
            {
                any = true;
                var value = match.Groups["value"].Value;
                try
                {
                    Read(history, at, Number(match.Groups["process"].Value), match.Groups["type"].Value, match.Groups["f"].Value, value);
                }
                catch (FormatException e)
                {
                    throw new FormatException($"line {at + 1}: {e.Message}", e);
                }
            }
        }

        return any
            ? new HistoryCase<long?, RegisterInput, RegisterOutput>(new RegisterModel(), history.Build(), ExpectedVerdict.Of(file.Name))
            : null;
    }

    private static void Read(HistoryBuilder<RegisterInput, RegisterOutput> history, long time, long process, string type, string f, string value)
    {
        var client = process is >= 0 and <= int.MaxValue ? (int)process : throw new FormatException($"process {process}");
        switch (type)
        {
            case "invoke":
                history.Invoke(client, Input(f, value), time);
                break;
            case "ok":
                history.Complete(client, input => Output(input, value), time);
                break;

            // A compare-and-set that fails with its arguments has seen another value. One that fails with a reason did not happen.
            case "fail" when f == "cas" && Pair().IsMatch(value):
                history.Complete(client, _ => RegisterOutput.CompareAndSet(false), time);
                break;
            case "fail":
                history.DidNotHappen(client);
                break;
            case "info":
                history.Unknown(client);
                break;
            default:
                throw new FormatException($"event :{type}");
        }
    }

    private static RegisterInput Input(string f, string value) => f switch
    {
        "read" => RegisterInput.Read(),
        "write" => RegisterInput.Write(Value(value)),
        "cas" when Pair().Match(value) is { Success: true } pair =>
            RegisterInput.CompareAndSet(Value(pair.Groups[1].Value), Value(pair.Groups[2].Value)),
        _ => throw new FormatException($"operation :{f} {value}"),
    };

    private static RegisterOutput Output(RegisterInput input, string value) => input.Action switch
    {
        RegisterAction.Read => RegisterOutput.Read(Value(value)),
        RegisterAction.CompareAndSet => RegisterOutput.CompareAndSet(true),
        _ => RegisterOutput.Written,
    };

    private static long? Value(string text) => text == "nil" ? null : Number(text);

    private static long Number(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FormatException($"\"{text}\" is not a number");

    [GeneratedRegex(@"^INFO\s+jepsen\.util\s+-\s+(?<process>\d+)\s+:(?<type>\S+)\s+:(?<f>\S+)\s+(?<value>\S.*?)\s*$", RegexOptions.ExplicitCapture)]
    private static partial Regex OperationLine();

    [GeneratedRegex(@"^\[\s*(-?\d+|nil)\s+(-?\d+|nil)\s*\]$")]
    private static partial Regex Pair();
}
