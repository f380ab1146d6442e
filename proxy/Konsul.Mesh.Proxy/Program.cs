using Konsul.Mesh.Hosting.Options;
using Konsul.Mesh.Proxy;

return await ProxyProgram.RunAsync(ProcessEnvironment.FromProcess(args));
