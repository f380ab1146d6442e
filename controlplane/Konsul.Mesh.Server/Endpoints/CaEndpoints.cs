using Konsul.Mesh.Ca;
using Konsul.Mesh.Server.Bodies;
using Konsul.Mesh.Server.Certificates;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Shapes;
using Konsul.Mesh.State.Authority;
using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary>
/// <c>/v1/connect/ca/configuration</c> as Consul has it, and <c>/v1/connect/ca/rotation</c>: how far a change of the root has come (GET), begin
/// one (PUT), call it off before its root signs (DELETE).
/// </summary>
internal sealed class CaEndpoints(
    ReplicatedState state, RootMaker roots, TrustSpread spread, CaSettings options, TimeProvider time) : IEndpoints
{
    private const string Provider = "consul";
    private static readonly TimeSpan ShortestLeaf = TimeSpan.FromHours(1);
    private readonly RotationState _rotation = new();

    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/connect/ca/configuration").Get(ConfigurationAsync).Put(ConfigureAsync),
        new ApiRoute("/v1/connect/ca/rotation").Get(RotationAsync).Put(RotateAsync).Delete(AbandonAsync),
    ];

    private CaSettings Settings => options.With(state.View.Ca?.Config);

    private CaTable Ca => state.View.Ca ?? throw ApiException.Failed("The CA is not ready yet");

    private async Task ConfigurationAsync(ApiContext context)
    {
        if (context.Read.Consistency != "stale")
            await state.BarrierAsync(context.Aborted).ConfigureAwait(false);
        var ca = Ca;
        await context.JsonAsync(w => RotationShape.WriteConfiguration(w, Settings, ca)).ConfigureAwait(false);
    }

    /// <summary>The root first: when that is refused, nothing has changed.</summary>
    private async Task ConfigureAsync(ApiContext context)
    {
        var body = await context.DecodeAsync(CaConfigBody.Shape).ConfigureAwait(false);
        await state.BarrierAsync(context.Aborted).ConfigureAwait(false);
        var (ca, before) = (Ca, Settings);
        var wanted = Checked(body, ca);
        if (Changes(body, ca, before, wanted))
        {
            var imported = body.RootCert.Length > 0 ? (body.RootCert, body.PrivateKey) : ((string, string)?)null;
            var reason = imported is null ? "the key of the configuration changed" : "the configuration brought a root";
            await roots.PublishAsync(wanted, reason, body.ForceWithoutCrossSigning, imported, context.Aborted).ConfigureAwait(false);
        }

        await state.ProposeAsync(
            new SetCaConfig { Config = body.Config, LeafCertTtlBefore = before.LeafTtl, Cas = Ca.Revision }, context.Aborted).ConfigureAwait(false);
        await context.EmptyAsync().ConfigureAwait(false);
    }

    private CaSettings Checked(CaConfigBody body, CaTable ca)
    {
        if (body.Provider is not ("" or Provider))
            throw ApiException.BadRequest($"Provider must be \"{Provider}\": it is the only one there is");
        if (body.RootCert.Length > 0 != body.PrivateKey.Length > 0)
            throw ApiException.BadRequest("RootCert and PrivateKey belong together");
        if (body.Config.LeafCertTtl < ShortestLeaf)
            throw ApiException.BadRequest($"LeafCertTTL must be at least {ShortestLeaf.TotalHours}h");

        // What the configuration so far says is replaced as a whole.
        var wanted = options.With(body.Config);
        if (!CertificateAuthority.CanHaveKey(wanted.KeyType, wanted.KeyBits))
            throw ApiException.BadRequest("PrivateKeyType and PrivateKeyBits must be \"ec\" and 256 or 384");
        return wanted.RootTtl >= CaSettings.LeavesInARoot * wanted.LeafTtl
            ? wanted
            : throw ApiException.BadRequest($"RootCertTTL must be at least {CaSettings.LeavesInARoot} times LeafCertTTL");
    }

    /// <summary>A configuration that is read and written back begins nothing, also where the root in use came from elsewhere.</summary>
    private static bool Changes(CaConfigBody body, CaTable ca, CaSettings before, CaSettings wanted)
    {
        var active = RootDescription.FromDer(ca.Active.Certificate.Span);
        return body.RootCert.Length > 0
            ? body.RootCert.Trim() != active.Pem.Trim()
            : body.Config.PrivateKeyBits is not null && wanted.KeyBits != before.KeyBits && wanted.KeyBits != active.KeyBits;
    }

    private async Task RotationAsync(ApiContext context)
    {
        if (context.Read.Consistency != "stale")
            await state.BarrierAsync(context.Aborted).ConfigureAwait(false);
        var ca = Ca;
        var missing = ca.Rotation is null ? (0, 0) : await spread.MissingAsync(ca.Index, context.Aborted).ConfigureAwait(false);
        var facts = _rotation.Facts(ca, time.GetUtcNow());
        await context.JsonAsync(w => RotationShape.WriteRotation(w, ca, facts, Settings.PolicyFor(ca.Active), missing)).ConfigureAwait(false);
    }

    private async Task RotateAsync(ApiContext context)
    {
        var body = (await context.BodyAsync().ConfigureAwait(false)) is { IsEmpty: false } given ? RotationBody.Shape.Decode(given.Span) : new RotationBody();
        await state.BarrierAsync(context.Aborted).ConfigureAwait(false);
        var id = await roots.PublishAsync(Settings, "an operator asked for it", body.ForceWithoutCrossSigning, null, context.Aborted).ConfigureAwait(false);
        await AnswerAsync(context, id).ConfigureAwait(false);
    }

    private async Task AbandonAsync(ApiContext context)
    {
        await state.BarrierAsync(context.Aborted).ConfigureAwait(false);
        await AnswerAsync(context, await roots.AbandonAsync(context.Aborted).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private static Task AnswerAsync(ApiContext context, string rootId) => context.JsonAsync(w =>
    {
        w.WriteStartObject();
        w.WriteString("RootID", rootId);
        w.WriteEndObject();
    });
}
