using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Konsul.Mesh.Model.Filtering;
using Konsul.Mesh.Server.Shapes;

namespace Konsul.Mesh.Server.Tests.Fuzz;

/// <summary>Whatever a filter says, it is refused in words or decides; nothing else happens.</summary>
public sealed class FilterFuzzTests
{
    private static readonly JsonElement Item = JsonDocument.Parse("""
        {"Node":{"Node":"n1","Meta":{"zone":"a","a-b":"c"}},"Service":{"Port":80,"Tags":["v1","blue"],"Meta":{},"Address":""},
         "Checks":[{"Status":"passing"},{"Status":"critical"}],"Enabled":true}
        """).RootElement;

    private static readonly string[] Fragments =
    [
        "Node.Node", "Service.Tags", "Checks.Status", "Service.Meta", "Node.Meta[\"a-b\"]", "Meta", "Enabled", " == ", " != ", " is empty", " is not empty", " in ", " not in ",
        " contains ", " matches ", " not matches ", " and ", " or ", " not ", "(", ")", "\"a\"", "`^a.*$`", "\"(a|b)+\"", "[", "]", "\"", "`", "\\", ".", "80", "true", " ", "=", "!",
    ];

    [Fact]
    public void Parse_AnyText_RefusesOrDecides() => Check.One(FuzzRuns.Config, Prop.ForAll(FuzzRuns.TextOf(Fragments), text => Decides(text, null)));

    [Fact]
    public void Parse_AnyTextWithASchema_RefusesOrDecides() =>
        Check.One(FuzzRuns.Config, Prop.ForAll(FuzzRuns.TextOf(Fragments), text => Decides(text, FilterSchemas.Entry)));

    private static bool Decides(string text, FilterSchema? schema)
    {
        try
        {
            var filter = FilterParser.Parse(text, schema);
            return filter(Item) == filter(Item);
        }
        catch (FormatException e)
        {
            return e.Message.Length > 0;
        }
    }
}
