namespace Konsul.Mesh.Proxy.Core.AppClient;

internal readonly record struct ResponseField(string Name, string Value);
