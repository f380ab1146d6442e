using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Hosting.Options;
using Konsul.Mesh.Proxy.Options;

namespace Konsul.Mesh.Proxy;

/// <summary>konsul-proxy from its options to its exit code.</summary>
internal static class ProxyProgram
{
    public static Task<int> RunAsync(ProcessEnvironment environment) =>
        ProgramRunner.RunAsync(ProxySchema.Create(), environment, SidecarOptions.From, async (context, options) =>
        {
            await using var sidecar = new Sidecar(context, options);
            return await sidecar.RunAsync();
        });
}
