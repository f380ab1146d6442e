namespace Konsul.Mesh.Model;

/// <summary>The grammars of user-given names, written once. Each check returns null for a good name, else the reason in words.</summary>
public static class Names
{
    public const string DefaultNamespace = "default";
    public const int MaxNameLength = 128;
    public const int MaxIdLength = 255;

    /// <summary>Service, node, namespace and datacenter names: letters, digits, '.', '-', '_', starting and ending with a letter or digit.
    /// The same set is legal in a SPIFFE path segment, so a name never needs escaping on its way into an identity.</summary>
    public static string? CheckName(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            return "must not be empty";
        }

        if (name.Length > MaxNameLength)
        {
            return $"must not be longer than {MaxNameLength} characters";
        }

        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))
            {
                return "may hold only letters, digits, '-', '_' and '.'";
            }
        }

        return char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1])
            ? null
            : "must start and end with a letter or a digit";
    }

    /// <summary>Ids of service instances and checks: any printable characters, as Consul allows (Patroni uses '/').</summary>
    public static string? CheckId(string? id)
    {
        if (string.IsNullOrEmpty(id))
        {
            return "must not be empty";
        }

        if (id.Length > MaxIdLength)
        {
            return $"must not be longer than {MaxIdLength} characters";
        }

        foreach (var c in id)
        {
            if (char.IsControl(c))
            {
                return "must not hold control characters";
            }
        }

        return null;
    }
}
