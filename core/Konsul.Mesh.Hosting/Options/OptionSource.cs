namespace Konsul.Mesh.Hosting.Options;

internal enum OptionSource
{
    Default,
    File,
    Environment,
    Flag,
}
