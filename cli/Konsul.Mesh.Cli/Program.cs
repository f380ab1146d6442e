using Konsul.Mesh.Cli;

return await KonsulCtl.RunAsync(args, CliEnvironment.FromProcess());
