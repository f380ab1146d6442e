using System.Diagnostics.CodeAnalysis;

namespace Konsul.Mesh.Model.Identity;

/// <summary>The namespace of SPIFFE ids that one CA vouches for, lower case, as SPIFFE-ID section 2.1 wants it.</summary>
public readonly record struct TrustDomain
{
    public const int MaxLength = 255;

    private TrustDomain(string name) => Name = name;

    public string Name { get; }

    /// <summary>The trust domain of a cluster: <c>&lt;cluster-id&gt;.konsul</c>.</summary>
    public static TrustDomain ForCluster(Guid clusterId) => new($"{clusterId:D}.konsul");

    public static bool TryParse([NotNullWhen(true)] string? text, out TrustDomain domain)
    {
        domain = default;
        if (string.IsNullOrEmpty(text) || text.Length > MaxLength)
        {
            return false;
        }

        foreach (var c in text)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('.' or '-' or '_'))
            {
                return false;
            }
        }

        domain = new TrustDomain(text);
        return true;
    }

    public static TrustDomain Parse(string text) =>
        TryParse(text, out var domain) ? domain : throw new FormatException($"\"{text}\" is not a trust domain.");

    public override string ToString() => Name ?? "";
}
