using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.ConfigEntries;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.Model.Queries;
using Konsul.Mesh.Model.Sessions;
using Konsul.Mesh.State.Authority;
using Konsul.Mesh.State.Cluster;
using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.State;

/// <summary>The one JSON form of commands and snapshot records. Also the canonical form in which two values are compared.</summary>
[JsonSourceGenerationOptions(IgnoreReadOnlyProperties = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(Register))]
[JsonSerializable(typeof(Deregister))]
[JsonSerializable(typeof(UpdateChecks))]
[JsonSerializable(typeof(KvSet))]
[JsonSerializable(typeof(KvDelete))]
[JsonSerializable(typeof(UpsertIntention))]
[JsonSerializable(typeof(DeleteIntention))]
[JsonSerializable(typeof(InitializeCa))]
[JsonSerializable(typeof(SetRoots))]
[JsonSerializable(typeof(PublishRoot))]
[JsonSerializable(typeof(ActivateRoot))]
[JsonSerializable(typeof(AbandonRoot))]
[JsonSerializable(typeof(RemoveRoot))]
[JsonSerializable(typeof(SetCaConfig))]
[JsonSerializable(typeof(RegisterServer))]
[JsonSerializable(typeof(RemoveServer))]
[JsonSerializable(typeof(SetAutopilot))]
[JsonSerializable(typeof(AutopilotConfig))]
[JsonSerializable(typeof(StagePiece))]
[JsonSerializable(typeof(RestoreStaged))]
[JsonSerializable(typeof(KvLock))]
[JsonSerializable(typeof(KvUnlock))]
[JsonSerializable(typeof(KvRollback))]
[JsonSerializable(typeof(CreateSession))]
[JsonSerializable(typeof(DestroySession))]
[JsonSerializable(typeof(RenewSession))]
[JsonSerializable(typeof(Expire))]
[JsonSerializable(typeof(Transaction))]
[JsonSerializable(typeof(Session))]
[JsonSerializable(typeof(ServerMember))]
[JsonSerializable(typeof(StagedPiece))]
[JsonSerializable(typeof(SetConfigEntry))]
[JsonSerializable(typeof(DeleteConfigEntry))]
[JsonSerializable(typeof(SetPreparedQuery))]
[JsonSerializable(typeof(DeletePreparedQuery))]
[JsonSerializable(typeof(ConfigEntry))]
[JsonSerializable(typeof(PreparedQuery))]
[JsonSerializable(typeof(FireEvent))]
[JsonSerializable(typeof(UpdateCoordinates))]
[JsonSerializable(typeof(UserEvent))]
[JsonSerializable(typeof(NetworkCoordinate))]
[JsonSerializable(typeof(Node))]
[JsonSerializable(typeof(ServiceInstance))]
[JsonSerializable(typeof(HealthCheck))]
[JsonSerializable(typeof(Intention))]
[JsonSerializable(typeof(CaTable))]
[JsonSerializable(typeof(ImmutableArray<string>))]
internal sealed partial class StateJson : JsonSerializerContext;
