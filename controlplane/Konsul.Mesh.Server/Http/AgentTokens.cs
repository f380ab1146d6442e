using System.Collections.Concurrent;

namespace Konsul.Mesh.Server.Http;

/// <summary>Tokens that this server was given for its own use, by name. Kept in memory only: they are given again after a start.</summary>
internal sealed class AgentTokens
{
    private const string DefaultName = "default";
    private readonly ConcurrentDictionary<string, string> _tokens = new(StringComparer.Ordinal);

    /// <summary>Stands for requests that bring none; null when there is none.</summary>
    public string? Default => _tokens.GetValueOrDefault(DefaultName) is { Length: > 0 } token ? token : null;

    /// <returns>False when there is no token of that name.</returns>
    public bool TrySet(string name, string token)
    {
        var known = name switch
        {
            DefaultName or "acl_token" => DefaultName,
            "agent" or "acl_agent_token" => "agent",
            "agent_recovery" or "agent_master" or "acl_agent_master_token" => "agent_recovery",
            "replication" or "acl_replication_token" => "replication",
            "config_file_service_registration" => "config_file_service_registration",
            "dns" => "dns",
            _ => null,
        };
        if (known is not null)
            _tokens[known] = token;
        return known is not null;
    }
}
