using Konsul.Mesh.Hosting.Options;
using Konsul.Mesh.Server.Startup;
using Konsul.Mesh.Server.Startup.Agent;

var environment = ProcessEnvironment.FromProcess(args);
return args switch
{
    [AgentCommand.Verb, ..] => await AgentCommand.RunAsync(environment),
    [VersionCommand.Verb, ..] => VersionCommand.Run(environment),
    _ => await ServerProgram.RunAsync(environment),
};
