using Konsul.Mesh.Hosting.Options;
using Konsul.Mesh.Server.Startup;

return await ServerProgram.RunAsync(ProcessEnvironment.FromProcess(args));
