using Konsul.Mesh.Demo;
using Konsul.Mesh.Demo.Steps;

// Proves the main job on real programs, step by step. --once: exit 0 when every step held, 1 at the first that did not.
var once = args.Contains("--once");
using var interrupt = new CancellationTokenSource();
using var onInterrupt = System.Runtime.InteropServices.PosixSignalRegistration.Create(
    System.Runtime.InteropServices.PosixSignal.SIGINT, context => { context.Cancel = true; interrupt.Cancel(); });
using var onTerminate = System.Runtime.InteropServices.PosixSignalRegistration.Create(
    System.Runtime.InteropServices.PosixSignal.SIGTERM, context => { context.Cancel = true; interrupt.Cancel(); });

IDemoStep[] steps =
[
    new BothInstancesAnswer(),
    new PeersSpeakMutualTls(),
    new StrangersAreRefused(),
    new IntentionsCutOff(),
    new InstancesComeAndGo(),
    new TcpWorksToo(),
    new ControlPlaneMayDie(),
    new MetricsAgree(),
];

try
{
    Console.WriteLine("starting konsul-server --dev, two api, one web, and a sidecar for each ...");
    await using var mesh = await DemoMesh.StartAsync(interrupt.Token);
    Console.WriteLine($"  web        {mesh.Web.BaseAddress}");
    Console.WriteLine($"  HTTP API   {mesh.Server.Http.BaseAddress}v1/catalog/services");
    foreach (var (id, sidecar) in mesh.Sidecars)
    {
        Console.WriteLine($"  sidecar of {id,-6} admin {sidecar.Admin.BaseAddress}metrics, inbound mTLS 127.0.0.1:{sidecar.Ports["inbound"]}");
    }

    for (var i = 0; i < steps.Length; i++)
    {
        Console.WriteLine($"\n{i + 1}/{steps.Length}  {steps[i].Claim}");
        foreach (var line in await steps[i].ProveAsync(mesh, interrupt.Token))
        {
            Console.WriteLine($"     {line}");
        }
    }

    Console.WriteLine($"\nall {steps.Length} steps held");
    if (!once)
    {
        Console.WriteLine("the mesh keeps running; Ctrl-C ends it");
        await Task.Delay(Timeout.Infinite, interrupt.Token);
    }

    return 0;
}
catch (OperationCanceledException) when (interrupt.IsCancellationRequested)
{
    Console.WriteLine("stopped");
    return once ? 1 : 0;
}
catch (Exception e) when (e is StepFailedException or TimeoutException or HttpRequestException or InvalidOperationException or IOException or FileNotFoundException)
{
    Console.WriteLine($"     DID NOT HOLD: {e.Message}");
    return 1;
}
