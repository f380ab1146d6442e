using System.Globalization;
using Konsul.Mesh.Model.ConfigEntries;

namespace Konsul.Mesh.Cli.ConfigFiles;

/// <summary>One entry as it stands in a file.</summary>
/// <param name="File">As it is named in messages.</param>
/// <param name="Json">The entry as JSON, whatever form the file has.</param>
internal sealed record ConfigDocument(string File, byte[] Json, LineMap Lines)
{
    /// <exception cref="CliException">Names the file and the line.</exception>
    public ConfigEntry Read()
    {
        try
        {
            return ConfigEntryReader.Read(Json);
        }
        catch (ConfigEntryException e)
        {
            throw Wrong(e.Path, e.Message);
        }
    }

    public CliException Wrong(string path, string sentence) => new(
        CliExit.BadFile, string.Create(CultureInfo.InvariantCulture, $"{File}:{Lines.LineOf(path)}: {sentence}"));
}
