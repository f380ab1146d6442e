using System.CommandLine;

namespace Konsul.Mesh.Cli.Commands.Route;

internal static class RouteCommands
{
    public static Command Create(CliEnvironment environment) => new("route", "Where requests go") { RouteExplainCommand.Create(environment) };
}
