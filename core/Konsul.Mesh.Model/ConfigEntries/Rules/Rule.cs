using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Konsul.Mesh.Model.ConfigEntries.Parts;
using Konsul.Mesh.Model.Text;

namespace Konsul.Mesh.Model.ConfigEntries.Rules;

/// <summary>The rules that several kinds share. Each names the member in its sentence.</summary>
internal static class Rule
{
    private const int MaxMeta = 64;
    private const int MaxMetaLength = 512;

    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"];

    public static void Require([DoesNotReturnIf(false)] bool good, string path, string sentence)
    {
        if (!good)
        {
            throw new ConfigEntryException(path, sentence);
        }
    }

    public static void Name(ConfigEntryKind kind, string name)
    {
        Require(name.Length > 0, "Name", "Name is required");
        if (kind.OnlyName.Length > 0)
        {
            Require(name == kind.OnlyName, "Name", $"invalid name (\"{ShownText.Of(name)}\"), only \"{kind.OnlyName}\" is supported");
        }
        else if (!(kind.Word == ServiceIntentions.KindWord && name == Intentions.Intention.Wildcard))
        {
            Service("Name", name);
        }
    }

    public static void Service(string path, string name)
    {
        if (Names.CheckName(name) is { } wrong)
        {
            throw new ConfigEntryException(path, $"{path} \"{ShownText.Of(name)}\" {wrong}");
        }
    }

    /// <summary>The same for a name that may be left out.</summary>
    public static void OptionalService(string path, string name)
    {
        if (name.Length > 0)
        {
            Service(path, name);
        }
    }

    public static void Meta(string path, ImmutableSortedDictionary<string, string> meta)
    {
        Require(meta.Count <= MaxMeta, path, $"{path} cannot contain more than {MaxMeta} key/value pairs");
        foreach (var (key, value) in meta)
        {
            Require(key.Length is > 0 and <= 128, path, $"{path} has a key that is empty or longer than 128 characters");
            Require(value.Length <= MaxMetaLength, path, $"{path}.{ShownText.Of(key)} is longer than {MaxMetaLength} characters");
        }
    }

    public static void OneOf(string path, string value, params ReadOnlySpan<string> words)
    {
        if (value.Length > 0 && !words.Contains(value))
        {
            throw new ConfigEntryException(path, $"{path} wants {string.Join(", ", words.ToArray())}, got \"{ShownText.Of(value)}\"");
        }
    }

    /// <summary>Percent, 0 to 100.</summary>
    public static void Percent(string path, double value) =>
        Require(value is >= 0 and <= 100, path, $"{path} must be between 0 and 100");

    public static void Port(string path, int port, bool required = false) => Require(
        port is >= 0 and <= 65535 && !(required && port == 0), path, $"{path} is not a port ({(required ? 1 : 0)} to 65535)");

    public static void Pattern(string path, string pattern)
    {
        if (pattern.Length > 0 && UserPattern.Check(pattern) is { } wrong)
        {
            throw new ConfigEntryException(path, $"{path} {wrong}");
        }
    }

    /// <param name="where">The record that holds the three, for messages.</param>
    public static void PathMatch(string where, string exact, string prefix, string regex)
    {
        var forms = (exact.Length > 0 ? 1 : 0) + (prefix.Length > 0 ? 1 : 0) + (regex.Length > 0 ? 1 : 0);
        Require(forms <= 1, where, $"{where} should only contain at most one of PathExact, PathPrefix, or PathRegex");
        Require(exact.Length == 0 || exact[0] == '/', $"{where}.PathExact", $"{where}.PathExact doesn't start with '/': \"{ShownText.Of(exact)}\"");
        Require(prefix.Length == 0 || prefix[0] == '/', $"{where}.PathPrefix", $"{where}.PathPrefix doesn't start with '/': \"{ShownText.Of(prefix)}\"");
        Pattern($"{where}.PathRegex", regex);
    }

    public static void MethodList(string path, ImmutableArray<string> methods)
    {
        foreach (var method in methods)
        {
            Require(Methods.Contains(method), path, $"{path} contains an invalid method \"{ShownText.Of(method)}\"");
        }

        Require(methods.Distinct().Count() == methods.Length, path, $"{path} contains a method more than once");
    }

    public static void HeaderMatches(string path, ImmutableArray<HeaderMatch> headers)
    {
        for (var i = 0; i < headers.Length; i++)
        {
            var (at, h) = ($"{path}[{i}]", headers[i]);
            HeaderName($"{at}.Name", h.Name);
            var forms = (h.Present ? 1 : 0) + new[] { h.Exact, h.Prefix, h.Suffix, h.Contains, h.Regex }.Count(f => f.Length > 0);
            Require(forms == 1, at, $"{at} should contain exactly one of Present, Exact, Prefix, Suffix, Contains, or Regex");
            Require(!h.IgnoreCase || (!h.Present && h.Regex.Length == 0), at, $"{at}.IgnoreCase is for Exact, Prefix, Suffix and Contains");
            Pattern($"{at}.Regex", h.Regex);
        }
    }

    public static void HeaderName(string path, string name)
    {
        Require(name.Length > 0, path, $"{path}: missing required Name field");
        Require(
            name.Length <= Names.MaxIdLength && name.TrimStart(':').All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c)), path,
            $"{path} \"{ShownText.Of(name)}\" is not the name of a header");
    }

    public static void Modifiers(string path, HeaderModifiers? edits)
    {
        foreach (var (member, map) in new[] { ("Add", edits?.Add), ("Set", edits?.Set) })
        {
            foreach (var (name, value) in map ?? ImmutableSortedDictionary<string, string>.Empty)
            {
                HeaderName($"{path}.{member}", name);
                Require(!value.Any(char.IsControl), $"{path}.{member}", $"{path}.{member}.{name} holds a control character");
            }
        }

        foreach (var name in edits?.Remove ?? [])
        {
            HeaderName($"{path}.Remove", name);
        }
    }

    public static string Protocol(string path, string protocol)
    {
        var word = protocol.ToLowerInvariant();
        OneOf(path, word, "tcp", "http", "http2", "grpc");
        return word;
    }

}
