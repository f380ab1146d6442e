using System.Globalization;
using YamlDotNet.Core;

namespace Konsul.Mesh.Cli.ConfigFiles;

/// <summary>Files of config entries: YAML, of one or more documents, and JSON, of one entry or a list of them.</summary>
internal static class ConfigFileReader
{
    /// <summary>The API takes entries of 512 KiB; a file may hold several.</summary>
    private const int MaxFile = 16 << 20;

    /// <summary>The files that paths name: themselves, and in directories all that end in .yaml, .yml or .json, in order.</summary>
    public static IReadOnlyList<string> Find(IEnumerable<string> paths)
    {
        var found = new List<string>();
        foreach (var path in paths)
        {
            if (!Directory.Exists(path))
            {
                found.Add(path);
                continue;
            }

            try
            {
                found.AddRange(Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
                    .Where(f => Path.GetExtension(f) is ".yaml" or ".yml" or ".json")
                    .Order(StringComparer.Ordinal));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new CliException(CliExit.BadFile, $"cannot read {path}: {e.Message}");
            }
        }

        return found;
    }

    public static IReadOnlyList<ConfigDocument> Read(string path)
    {
        byte[] bytes;
        try
        {
            using var stream = File.OpenRead(path);
            bytes = ReadAll(stream, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(CliExit.BadFile, $"cannot read {path}: {e.Message}");
        }

        return Parse(path, bytes);
    }

    public static IReadOnlyList<ConfigDocument> Read(Stream stream, string name) => Parse(name, ReadAll(stream, name));

    private static IReadOnlyList<ConfigDocument> Parse(string name, byte[] bytes)
    {
        var text = bytes.AsSpan().TrimStart(" \t\r\n"u8);
        if (text.Length > 0 && text[0] is (byte)'{' or (byte)'[')
        {
            return JsonDocuments.Read(name, bytes);
        }

        try
        {
            return YamlDocuments.Read(name, bytes);
        }
        catch (YamlException e)
        {
            throw new CliException(CliExit.BadFile, string.Create(CultureInfo.InvariantCulture, $"{name}:{e.Start.Line}: {e.Message.ReplaceLineEndings(" ")}"));
        }
    }

    private static byte[] ReadAll(Stream stream, string name)
    {
        using var copy = new MemoryStream();
        var block = new byte[64 * 1024];
        while (stream.Read(block) is > 0 and var read)
        {
            copy.Write(block, 0, read);
            if (copy.Length > MaxFile)
            {
                throw new CliException(CliExit.BadFile, $"{name} is larger than {MaxFile >> 20} MiB");
            }
        }

        return copy.ToArray();
    }
}
