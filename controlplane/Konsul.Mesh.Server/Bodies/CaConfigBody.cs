using Konsul.Mesh.Server.Json;
using Konsul.Mesh.State.Authority;

namespace Konsul.Mesh.Server.Bodies;

/// <summary>Consul's CAConfig. What <c>Config</c> does not name goes back to the servers' options.</summary>
internal sealed class CaConfigBody
{
    public string Provider { get; private set; } = "";

    public bool ForceWithoutCrossSigning { get; private set; }

    public CaConfig Config { get; private set; } = new();

    public string RootCert { get; private set; } = "";

    public string PrivateKey { get; private set; } = "";

    private static JsonShape<CaConfigBody> Values { get; } = new JsonShape<CaConfigBody>(() => new CaConfigBody())
        .Add("LeafCertTTL", static (ref r, d, p) => d.Config = d.Config with { LeafCertTtl = JsonValues.Duration(ref r, p) })
        .Add("RootCertTTL", static (ref r, d, p) => d.Config = d.Config with { RootCertTtl = JsonValues.Duration(ref r, p) })
        .Add("CSRMaxPerSecond", static (ref r, d, p) => d.Config = d.Config with { CsrMaxPerSecond = JsonValues.Count(ref r, p) })
        .Add("CSRMaxConcurrent", static (ref r, d, p) => d.Config = d.Config with { CsrMaxConcurrent = JsonValues.Count(ref r, p) })
        .Add("PrivateKeyType", static (ref r, d, p) => d.Config = d.Config with { PrivateKeyType = JsonValues.String(ref r, p) })
        .Add("PrivateKeyBits", static (ref r, d, p) => d.Config = d.Config with { PrivateKeyBits = JsonValues.Count(ref r, p) })
        .Add("RootCert", static (ref r, d, p) => d.RootCert = JsonValues.String(ref r, p))
        .Add("PrivateKey", static (ref r, d, p) => d.PrivateKey = JsonValues.String(ref r, p))
        .Ignore("IntermediateCertTTL", "RotationPeriod", "SkipValidate");

    public static JsonShape<CaConfigBody> Shape { get; } = new JsonShape<CaConfigBody>(() => new CaConfigBody())
        .Add("Provider", static (ref r, d, p) => d.Provider = JsonValues.String(ref r, p))
        .Add("ForceWithoutCrossSigning", static (ref r, d, p) => d.ForceWithoutCrossSigning = JsonValues.Bool(ref r, p))
        .Add("Config", static (ref r, d, p) => d.Take(Values.Read(ref r, p)))
        .Ignore("State", "CreateIndex", "ModifyIndex");

    private void Take(CaConfigBody values) => (Config, RootCert, PrivateKey) = (values.Config, values.RootCert, values.PrivateKey);
}
