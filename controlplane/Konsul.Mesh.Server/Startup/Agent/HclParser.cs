using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Konsul.Mesh.Server.Startup.Agent;

/// <summary>
/// Reads HCL 1, as far as agents' configuration uses it, into the same tree as JSON: <c>name = value</c>, blocks <c>name { }</c> and <c>name "label" { }</c>,
/// lists, strings, here-documents, numbers, truth values, and comments by #, // and /* */. A block that comes twice is merged.
/// </summary>
internal sealed class HclParser
{
    private const int MaxDepth = 32;
    private readonly string _text;
    private int _at;
    private int _depth;

    private HclParser(string text) => _text = text;

    /// <exception cref="FormatException">With the line.</exception>
    public static JsonObject Parse(string text)
    {
        var parser = new HclParser(text);
        var root = parser.Body(isBlock: false);
        return root;
    }

    private char Now => _at < _text.Length ? _text[_at] : '\0';

    private JsonObject Body(bool isBlock)
    {
        if (++_depth > MaxDepth)
            throw Wrong($"more than {MaxDepth} levels of nesting");
        var body = new JsonObject();
        while (true)
        {
            Skip();
            if (Now == ',')
            {
                _at++;
                continue;
            }

            if (Now == '}' && isBlock)
            {
                _at++;
                _depth--;
                return body;
            }

            if (_at >= _text.Length)
                return isBlock ? throw Wrong("a block is not closed") : body;
            Entry(body);
        }
    }

    private void Entry(JsonObject body)
    {
        var name = Name();
        Skip();
        if (Now == '=')
        {
            _at++;
            Skip();
            ConfigTree.Put(body, name, Value());
            return;
        }

        // Each label is one more level.
        var labels = new List<string>();
        while (Now == '"')
        {
            labels.Add(Quoted());
            Skip();
        }

        if (Now != '{')
            throw Wrong($"\"=\" or \"{{\" is wanted after \"{name}\"");
        _at++;
        JsonNode block = Body(isBlock: true);
        for (var i = labels.Count - 1; i >= 0; i--)
            block = new JsonObject { [labels[i]] = block };
        ConfigTree.Put(body, name, block);
    }

    private JsonNode? Value()
    {
        switch (Now)
        {
            case '"':
                return JsonValue.Create(Quoted());
            case '[':
                return List();
            case '{':
                _at++;
                return Body(isBlock: true);
            case '<' when _text.AsSpan(_at).StartsWith("<<"):
                return JsonValue.Create(HereDocument());
            default:
                var word = Word();
                return word switch
                {
                    "true" => JsonValue.Create(true),
                    "false" => JsonValue.Create(false),
                    _ when long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => JsonValue.Create(whole),
                    _ when double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) => JsonValue.Create(number),
                    _ => throw Wrong($"\"{word}\" is not a value"),
                };
        }
    }

    private JsonArray List()
    {
        if (++_depth > MaxDepth)
            throw Wrong($"more than {MaxDepth} levels of nesting");
        _at++;
        var list = new JsonArray();
        while (true)
        {
            Skip();
            if (Now == ']')
            {
                _at++;
                _depth--;
                return list;
            }

            if (_at >= _text.Length)
                throw Wrong("a list is not closed");
            list.Add(Value());
            Skip();
            if (Now == ',')
                _at++;
            else if (Now != ']')
                throw Wrong("\",\" or \"]\" is wanted in a list");
        }
    }

    private string Name() => Now == '"' ? Quoted() : Word();

    private string Word()
    {
        var start = _at;
        while (char.IsLetterOrDigit(Now) || Now is '_' or '-' or '.' or '+')
            _at++;
        return _at > start ? _text[start.._at] : throw Wrong($"unexpected character '{(char.IsControl(Now) ? '?' : Now)}'");
    }

    private string Quoted()
    {
        var value = new StringBuilder();
        for (_at++; Now != '"'; _at++)
        {
            if (_at >= _text.Length || Now == '\n')
                throw Wrong("a string is not closed");
            if (Now != '\\')
            {
                value.Append(Now);
                continue;
            }

            _at++;
            value.Append(Now switch
            {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                '"' => '"',
                '\\' => '\\',
                _ => throw Wrong("an escape in a string is not known"),
            });
        }

        _at++;
        return value.ToString();
    }

    private string HereDocument()
    {
        _at += 2;
        var indented = Now == '-';
        if (indented)
            _at++;
        var mark = Word();
        var lines = new List<string>();
        for (var end = _text.IndexOf('\n', _at); end >= 0; end = _text.IndexOf('\n', _at))
        {
            _at = end + 1;
            var next = _text.IndexOf('\n', _at);
            var line = next < 0 ? _text[_at..] : _text[_at..next];
            if (line.Trim() == mark)
            {
                _at += line.Length;
                return string.Concat(lines.Select(l => $"{(indented ? l.TrimStart() : l)}\n"));
            }

            lines.Add(line.TrimEnd('\r'));
        }

        throw Wrong($"the end mark {mark} is missing");
    }

    private void Skip()
    {
        while (true)
        {
            if (char.IsWhiteSpace(Now))
            {
                _at++;
            }
            else if (Now == '#' || _text.AsSpan(Math.Min(_at, _text.Length)).StartsWith("//"))
            {
                var end = _text.IndexOf('\n', _at);
                _at = end < 0 ? _text.Length : end;
            }
            else if (_text.AsSpan(Math.Min(_at, _text.Length)).StartsWith("/*"))
            {
                var end = _text.IndexOf("*/", _at, StringComparison.Ordinal);
                _at = end < 0 ? throw Wrong("a comment is not closed") : end + 2;
            }
            else
            {
                return;
            }
        }
    }

    private FormatException Wrong(string what) => new($"line {_text.AsSpan(0, Math.Min(_at, _text.Length)).Count('\n') + 1}: {what}");
}
