using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Hosting.Options;
using Konsul.Mesh.Proxy;
using Konsul.Mesh.Proxy.Options;

return await ProgramRunner.RunAsync(
    ProxySchema.Create(),
    ProcessEnvironment.FromProcess(args),
    async context =>
    {
        await using var sidecar = new Sidecar(context, SidecarOptions.From(context.Values));
        return await sidecar.RunAsync();
    });
