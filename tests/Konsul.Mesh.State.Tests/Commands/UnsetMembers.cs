using System.Collections;
using System.Reflection;

namespace Konsul.Mesh.State.Tests.Commands;

/// <summary>Finds members that are null, or default arrays, though their type says they are not.</summary>
internal static class UnsetMembers
{
    private static readonly NullabilityInfoContext Nullability = new();

    public static IEnumerable<string> Of(object value)
    {
        foreach (var property in value.GetType().GetProperties().Where(p => p.CanWrite && p.GetIndexParameters().Length == 0))
        {
            var name = $"{value.GetType().Name}.{property.Name}";
            var member = property.GetValue(value);
            if (member is null)
            {
                if (Nullability.Create(property).WriteState == NullabilityState.NotNull)
                {
                    yield return name;
                }
            }
            else if (member.GetType().GetProperty("IsDefault") is { } isDefault && isDefault.GetValue(member) is true)
            {
                yield return name;
            }
            else
            {
                var inner = member is IEnumerable and not string ? ((IEnumerable)member).Cast<object>() : [member];
                foreach (var found in inner.Where(i => i.GetType().Namespace!.StartsWith("Konsul", StringComparison.Ordinal)).SelectMany(Of))
                {
                    yield return found;
                }
            }
        }
    }
}
