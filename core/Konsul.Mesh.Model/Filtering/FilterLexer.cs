using System.Text;

namespace Konsul.Mesh.Model.Filtering;

/// <summary>Cuts a filter expression into tokens. A selector such as <c>Service.Meta["a-b"]</c> is one word, its bracketed part unquoted.</summary>
internal static class FilterLexer
{
    /// <summary>What separates the steps of a selector inside a word; no name holds it.</summary>
    public const char StepSeparator = '\u0001';

    public static List<FilterToken> Cut(string text)
    {
        var tokens = new List<FilterToken>();
        var at = 0;
        while (at < text.Length)
        {
            switch (text[at])
            {
                case ' ' or '\t' or '\n' or '\r':
                    at++;
                    break;
                case '(' or ')':
                    tokens.Add(new FilterToken(text[at++], ""));
                    break;
                case '"' or '`':
                    tokens.Add(new FilterToken('q', Quoted(text, ref at)));
                    break;
                case '=' or '!' when at + 1 < text.Length && text[at + 1] == '=':
                    tokens.Add(new FilterToken(text[at], ""));
                    at += 2;
                    break;
                case var c when IsWord(c):
                    tokens.Add(new FilterToken('w', Word(text, ref at)));
                    break;
                default:
                    throw new FormatException($"unexpected character at position {at + 1}");
            }
        }

        tokens.Add(new FilterToken('e', ""));
        return tokens;
    }

    private static string Word(string text, ref int at)
    {
        var word = new StringBuilder();
        while (at < text.Length && (IsWord(text[at]) || text[at] == '['))
        {
            if (text[at] == '[')
            {
                at++;
                if (at >= text.Length || text[at] is not ('"' or '`'))
                    throw new FormatException("a bracket wants a quoted name");
                word.Append(StepSeparator).Append(Quoted(text, ref at));
                if (at >= text.Length || text[at++] != ']')
                    throw new FormatException("a bracket is not closed");
                continue;
            }

            word.Append(text[at++]);
        }

        return word.ToString();
    }

    private static string Quoted(string text, ref int at)
    {
        var quote = text[at++];
        var value = new StringBuilder();
        while (at < text.Length && text[at] != quote)
        {
            if (quote == '"' && text[at] == '\\' && at + 1 < text.Length)
                at++;
            value.Append(text[at++]);
        }

        if (at++ >= text.Length)
            throw new FormatException("a quoted value is not closed");
        return value.ToString();
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c is '_' or '-' or '.' or '/' or ':' or '*';
}
