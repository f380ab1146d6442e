using FsCheck;
using FsCheck.Fluent;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Server.Startup.Agent;

namespace Konsul.Mesh.Server.Tests.Fuzz;

/// <summary>Whatever a configuration says, it is refused in words or understood.</summary>
public sealed class AgentConfigFuzzTests
{
    private static readonly string[] Fragments =
    [
        "ports", "server", "acl", "tokens", "node_name", "retry_join", " = ", "{", "}", "[", "]", ",", "\n", "\"", "\"x\"", "1", "-1", "true", "<<E\n", "\nE\n", "#", "//", "/*", "*/", " ",
    ];

    [Fact]
    public void Parse_AnyHcl_RefusesOrTranslates() => Check.One(FuzzRuns.Config, Prop.ForAll(FuzzRuns.TextOf(Fragments), text =>
    {
        try
        {
            _ = AgentTranslator.Translate(new AgentConfig(HclParser.Parse(text)));
            return true;
        }
        catch (FormatException e)
        {
            return e.Message.StartsWith("line ", StringComparison.Ordinal);
        }
        catch (StartupException e)
        {
            return e.Message.Length > 0;
        }
    }));
}
