using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Konsul.Mesh.Server.Bodies;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Json;
using Konsul.Mesh.Server.Registration;
using Konsul.Mesh.State;
using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.Server.Tests.Fuzz;

/// <summary>Whatever a client sends as a transaction is refused with 400 or 413, or is a command that the state takes or refuses whole.</summary>
public sealed class TxnFuzzTests
{
    private readonly StateStore _store = new();
    private ulong _index;

    [Fact]
    public void Decode_AnythingLikeATransaction_IsRefusedOrAppliesWhole() =>
        Prop.ForAll<ushort[]>(numbers => Holds(Body(new Choices(numbers)))).Check(Config.QuickThrowOnFailure.WithMaxTest(Choices.Runs).WithEndSize(200));

    [Fact]
    public void Decode_AnyBytes_IsRefusedOrAppliesWhole() =>
        Prop.ForAll<byte[]>(Holds).Check(Config.QuickThrowOnFailure.WithMaxTest(Choices.Runs / 4).WithEndSize(300));

    private bool Holds(byte[] body)
    {
        Transaction transaction;
        try
        {
            var bodies = TxnBody.Shape.DecodeList(body, Transaction.MaxOperations, count => new ApiException(413, $"{count}"));
            transaction = new Transaction { Operations = [.. bodies.Select(b => TxnTranslator.Translate(b, "", "dc1"))] };
        }
        catch (DecodeException)
        {
            return true;
        }
        catch (ApiException e)
        {
            return e.Status is 400 or 413;
        }

        var keys = _store.View.Kv.Count;
        var result = _store.Apply(++_index, CommandCodec.Encode(transaction));
        return result.Success ? result.Errors.IsEmpty : !result.Changed && _store.View.Kv.Count == keys && result.Reason.Length > 0;
    }

    private static byte[] Body(Choices c)
    {
        var bytes = Encoding.UTF8.GetBytes($"[{c.Join(6, ",", () => Operation(c))}]");
        for (var i = c.Below(4) == 1 ? c.Below(4) : 0; i > 0; i--)
        {
            bytes[c.Below(bytes.Length)] = (byte)c.Below(256);
        }

        return c.Below(8) == 1 ? bytes[..c.Below(bytes.Length + 1)] : bytes;
    }

    private static string Operation(Choices c) => c.Below(8) switch
    {
        0 or 1 or 2 or 3 => $$"""{"{{c.Of("KV", "kv", "Kv")}}":{{Key(c)}}}""",
        4 => $$"""{"Node":{"Verb":{{Verb(c)}},"Node":{"Node":{{Text(c)}},"Address":{{Text(c)}},"ModifyIndex":{{Number(c)}} } } }""",
        5 => $$"""{"Service":{"Verb":{{Verb(c)}},"Node":{{Text(c)}},"Service":{"ID":{{Text(c)}},"Service":{{Text(c)}},"Port":{{Number(c)}},"Tags":[{{Text(c)}}]} } }""",
        6 => $$"""{"Check":{"Verb":{{Verb(c)}},"Check":{"Node":{{Text(c)}},"CheckID":{{Text(c)}},"Status":"{{c.Of("passing", "critical", "odd")}}","ServiceID":{{Text(c)}} } } }""",
        _ => c.Of("{}", "null", "[]", "1", """{"KV":null}""", """{"KV":{},"Node":{}}""", """{"Other":{}}""", """{"KV":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]}"""),
    };

    private static string Key(Choices c) => "{" + c.Join(6, ",", () => c.Below(8) switch
    {
        0 or 1 => $"\"Verb\":{Verb(c)}",
        2 or 3 => $"\"Key\":{Text(c)}",
        4 => $"\"Value\":{c.Of("\"dg==\"", "\"\"", "null", "\"%%\"", "7")}",
        5 => $"\"Index\":{Number(c)}",
        6 => $"\"Session\":{Text(c)}",
        _ => c.Of("\"Flags\":18446744073709551615", "\"Namespace\":\"team\"", "\"Namespace\":\"te am\"", "\"Nope\":1"),
    }) + "}";

    private static string Verb(Choices c) => c.Of(
        "\"set\"", "\"get\"", "\"cas\"", "\"lock\"", "\"unlock\"", "\"get-or-empty\"", "\"get-tree\"", "\"check-index\"", "\"check-session\"",
        "\"check-not-exists\"", "\"delete\"", "\"delete-tree\"", "\"delete-cas\"", "\"explode\"", "null", "1");

    private static string Text(Choices c) => c.Of(
        "\"a\"", "\"a/b\"", "\"n1\"", "\"\"", "\"10.0.0.1\"", "\"\\u0000team\\u0000a\"", "\"\\u0000\"", "\"\\ud800\"", "\"ü\"", "null", "3", "{}", "\"0.0.0.0\"");

    private static string Number(Choices c) => c.Of("0", "1", "7", "-1", "1e3", "18446744073709551615", "18446744073709551616", "\"1\"", "null");
}
