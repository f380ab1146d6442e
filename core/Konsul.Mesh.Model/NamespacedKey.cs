namespace Konsul.Mesh.Model;

/// <summary>
/// Names of every namespace in one ordered table: a name of <see cref="Names.DefaultNamespace"/> stands as it is, one of another namespace behind
/// a head that no plain name starts with. So a namespace is one range of the table, and what lies outside of it cannot be met by a prefix.
/// </summary>
public static class NamespacedKey
{
    private const char Mark = '\0';

    /// <summary>The first key that belongs to the default namespace, in ordinal order.</summary>
    private const string FirstPlain = "\u0001";

    /// <param name="ns">"" and "default" are the same.</param>
    /// <param name="name">A name, or the start of one.</param>
    public static string Of(string ns, string name) => IsDefault(ns) ? name : $"{Mark}{ns}{Mark}{name}";

    public static bool IsDefault(string ns) => ns.Length == 0 || ns == Names.DefaultNamespace;

    /// <summary>The namespace of a key, "" for the default one, and the name in it.</summary>
    public static (string Namespace, string Name) Split(string key)
    {
        var head = HeadLength(key);
        return head == 0 ? ("", key) : (key[1..(head - 1)], key[head..]);
    }

    /// <summary>How many characters of a key are not its name.</summary>
    public static int HeadLength(string key)
    {
        if (key.Length == 0 || key[0] != Mark)
        {
            return 0;
        }

        var end = key.IndexOf(Mark, 1);
        return end < 0 ? key.Length : end + 1;
    }

    /// <summary>Whether a key, or the start of one, lies whole in one namespace: nothing else may enter a table or be asked of it.</summary>
    public static bool IsWhole(string key)
    {
        if (key.Length == 0 || key[0] != Mark)
        {
            return true;
        }

        var end = key.IndexOf(Mark, 1);
        return end > 0 && Names.CheckName(key[1..end]) is null && key[1..end] != Names.DefaultNamespace;
    }

    /// <summary>Where the range of a prefix begins. The empty prefix is that of the default namespace alone.</summary>
    public static string Start(string prefix) => prefix.Length == 0 ? FirstPlain : prefix;

    /// <summary>Whether a key starts with the prefix and is of its namespace.</summary>
    public static bool IsUnder(string key, string prefix) =>
        prefix.Length == 0 ? HeadLength(key) == 0 : key.StartsWith(prefix, StringComparison.Ordinal);
}
