namespace Konsul.Mesh.Demo.Steps;

internal sealed class BothInstancesAnswer : IDemoStep
{
    private const int Requests = 40;

    public string Claim => "a request to web reaches both instances of api in turn";

    public async Task<IReadOnlyList<string>> ProveAsync(DemoMesh mesh, CancellationToken cancellation)
    {
        var answers = new Dictionary<string, int>();
        for (var i = 0; i < Requests; i++)
        {
            var instance = await Traffic.InstanceAsync(mesh.Web, cancellation);
            answers[instance] = answers.GetValueOrDefault(instance) + 1;
        }

        StepFailedException.Unless(answers.Count == 2, $"answers came from {string.Join(", ", answers.Keys)}");
        return [$"{Requests} requests: " + string.Join(", ", answers.OrderBy(a => a.Key).Select(a => $"{a.Value} from {a.Key}"))];
    }
}
