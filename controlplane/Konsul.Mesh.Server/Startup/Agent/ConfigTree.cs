using System.Text.Json.Nodes;

namespace Konsul.Mesh.Server.Startup.Agent;

/// <summary>Puts several configurations together as Consul does: later values win, lists grow, objects are merged.</summary>
internal static class ConfigTree
{
    public static void Merge(JsonObject target, JsonObject source)
    {
        foreach (var (name, value) in source)
            Put(target, name, value?.DeepClone());
    }

    public static void Put(JsonObject target, string name, JsonNode? value)
    {
        switch (target[name], value)
        {
            case (JsonObject old, JsonObject more):
                Merge(old, more);
                break;
            case (JsonArray old, JsonArray more):
                foreach (var item in more)
                    old.Add(item?.DeepClone());
                break;
            default:
                target[name] = value;
                break;
        }
    }
}
