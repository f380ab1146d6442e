using System.Security.Cryptography.X509Certificates;

namespace Konsul.Mesh.Bench.Verification;

/// <summary>Gives a certificate with its key, to be disposed by the caller.</summary>
internal delegate X509Certificate2 X509CertificateSource();
