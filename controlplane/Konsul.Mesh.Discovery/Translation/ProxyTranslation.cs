using Konsul.Mesh.Discovery.Resources;
using Konsul.Mesh.State.Events;

namespace Konsul.Mesh.Discovery.Translation;

/// <param name="Service">The service that the proxy stands for.</param>
/// <param name="Resources">All that it should have.</param>
/// <param name="Topics">A change of none of these changes nothing in it.</param>
public sealed record ProxyTranslation(string Service, ResourceSet Resources, IReadOnlySet<Topic> Topics);
