namespace Konsul.Mesh.Demo.Steps;

internal sealed class StrangersAreRefused : IDemoStep
{
    public string Claim => "plaintext, a missing certificate and a foreign certificate are refused";

    public async Task<IReadOnlyList<string>> ProveAsync(DemoMesh mesh, CancellationToken cancellation)
    {
        var port = mesh.Sidecars["api-1"].Ports["inbound"];
        using var leaf = await PeersSpeakMutualTls.LeafAsync(mesh, "web", cancellation);
        using var forged = TlsProbe.Foreign(TlsProbe.SpiffeIdOf(leaf));

        var plain = await TlsProbe.DialPlainAsync(port);
        var missing = await TlsProbe.DialAsync(port, null);
        var foreign = await TlsProbe.DialAsync(port, forged);

        StepFailedException.Unless(!plain.Accepted, "plaintext was answered");
        StepFailedException.Unless(!missing.Accepted, $"without a certificate: {missing.Outcome}");
        StepFailedException.Unless(!foreign.Accepted, $"with a foreign certificate: {foreign.Outcome}");
        return [$"plaintext: {plain.Outcome}", $"no certificate: {missing.Outcome}", $"foreign certificate with web's own SPIFFE id: {foreign.Outcome}"];
    }
}
