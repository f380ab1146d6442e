using System.Globalization;

namespace Konsul.Mesh.Server.Http;

internal static class CasParameter
{
    /// <summary>The index that <c>?cas=</c> names; null without one.</summary>
    public static ulong? Of(QueryParameters query) => !query.Has("cas") ? null
        : ulong.TryParse(query.Value("cas"), NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index
        : throw ApiException.BadRequest("Error parsing cas value: not a number");
}
