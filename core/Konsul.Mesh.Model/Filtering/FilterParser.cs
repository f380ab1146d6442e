using System.Text.Json;

namespace Konsul.Mesh.Model.Filtering;

/// <summary>
/// Consul's filter language, compiled to a predicate over the JSON shape of an item: comparisons joined by <c>and</c>, <c>or</c>, <c>not</c>
/// (not binds tightest, then and) and parentheses.
/// </summary>
public sealed class FilterParser
{
    /// <summary>Deeper nesting is no filter that a person wrote.</summary>
    private const int MaxDepth = 32;

    private readonly List<FilterToken> _tokens;
    private readonly FilterSchema? _schema;
    private int _at;
    private int _depth;

    private FilterParser(string text, FilterSchema? schema) => (_tokens, _schema) = (FilterLexer.Cut(text), schema);

    private FilterToken Now => _tokens[_at];

    /// <param name="text">The expression.</param>
    /// <param name="schema">What items have; null takes any selector.</param>
    /// <exception cref="FormatException">With the reason.</exception>
    public static Func<JsonElement, bool> Parse(string text, FilterSchema? schema = null)
    {
        var parser = new FilterParser(text, schema);
        var filter = parser.Or();
        return parser.Now.Kind == 'e' ? filter : throw new FormatException("there is more after the end of the expression");
    }

    private Func<JsonElement, bool> Or()
    {
        var left = And();
        while (Take("or"))
        {
            var (a, b) = (left, And());
            left = item => a(item) || b(item);
        }

        return left;
    }

    private Func<JsonElement, bool> And()
    {
        var left = Not();
        while (Take("and"))
        {
            var (a, b) = (left, Not());
            left = item => a(item) && b(item);
        }

        return left;
    }

    private Func<JsonElement, bool> Not()
    {
        if (++_depth > MaxDepth)
            throw new FormatException($"more than {MaxDepth} levels of nesting");
        try
        {
            if (Take("not"))
            {
                var inner = Not();
                return item => !inner(item);
            }

            return Now.Kind == '(' ? Group() : Comparison();
        }
        finally
        {
            _depth--;
        }
    }

    private Func<JsonElement, bool> Group()
    {
        _at++;
        var inner = Or();
        if (Now.Kind != ')')
            throw new FormatException("a parenthesis is not closed");
        _at++;
        return inner;
    }

    private Func<JsonElement, bool> Comparison()
    {
        var left = Operand();
        if (Now.Kind is '=' or '!')
        {
            var differs = Now.Kind == '!';
            _at++;
            return FilterOperators.Equal(Selector(left, differs ? "Not Equal" : "Equal"), Operand().Text, differs);
        }

        if (Take("is"))
        {
            var negated = Take("not");
            if (!Take("empty"))
                throw new FormatException("\"is\" wants \"empty\" or \"not empty\"");
            return Negate(FilterOperators.Empty(Selector(left, negated ? "Is Not Empty" : "Is Empty")), negated);
        }

        var not = Take("not");
        if (Take("in"))
            return Negate(FilterOperators.Contains(Selector(Operand(), not ? "Not In" : "In"), left.Text), not);
        if (Take("contains"))
            return Negate(FilterOperators.Contains(Selector(left, not ? "Not In" : "In"), Operand().Text), not);
        if (Take("matches"))
            return Negate(FilterOperators.Matches(Selector(left, not ? "Not Matches" : "Matches"), Operand().Text), not);
        throw new FormatException("an operator is missing: ==, !=, is empty, in, contains or matches");
    }

    private FilterToken Operand() => Now.Kind is 'w' or 'q' ? _tokens[_at++] : throw new FormatException("a selector or a value is missing");

    private bool Take(string word)
    {
        if (!Now.Is(word))
            return false;
        _at++;
        return true;
    }

    /// <param name="token">The selector as written.</param>
    /// <param name="operation">What is done with it, in the words of the refusal.</param>
    private string[] Selector(FilterToken token, string operation)
    {
        if (token.Kind != 'w')
            throw new FormatException($"\"{token.Text}\" stands where a selector is wanted");

        // Dots separate steps only outside of brackets, whose names come behind the separator.
        var steps = new List<string>();
        foreach (var (part, index) in token.Text.Split(FilterLexer.StepSeparator).Select((p, i) => (p, i)))
        {
            if (index == 0)
                steps.AddRange(part.Split('.'));
            else
                steps.Add(part);
        }

        string[] selector = [.. steps];
        _schema?.Check(selector, operation);
        return selector;
    }

    private static Func<JsonElement, bool> Negate(Func<JsonElement, bool> test, bool negated) => negated ? item => !test(item) : test;
}
