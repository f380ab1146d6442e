namespace Konsul.Mesh.State.Collections;

/// <summary>Edits that leave the array alone and return a changed copy.</summary>
internal static class Edits
{
    public static T[] Replace<T>(T[] source, int at, T item)
    {
        var copy = (T[])source.Clone();
        copy[at] = item;
        return copy;
    }

    public static T[] Insert<T>(T[] source, int at, T item)
    {
        var copy = new T[source.Length + 1];
        Array.Copy(source, copy, at);
        copy[at] = item;
        Array.Copy(source, at, copy, at + 1, source.Length - at);
        return copy;
    }

    public static T[] RemoveAt<T>(T[] source, int at)
    {
        var copy = new T[source.Length - 1];
        Array.Copy(source, copy, at);
        Array.Copy(source, at + 1, copy, at, copy.Length - at);
        return copy;
    }
}
