using System.Text;
using Grpc.Core;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>The call of <c>grpc.health.v1.Health</c>: a service's name in, a serving status out, each one field of protobuf.</summary>
internal static class GrpcHealth
{
    public const int Serving = 1;

    private const byte ServiceField = (1 << 3) | 2;
    private const byte StatusField = 1 << 3;

    public static Method<string, byte[]> Check { get; } = new(
        MethodType.Unary, "grpc.health.v1.Health", "Check", Marshallers.Create(Write, static _ => ""), Marshallers.Create(static bytes => bytes, static bytes => bytes));

    public static string Name(int status) => status switch
    {
        0 => "UNKNOWN",
        Serving => "SERVING",
        2 => "NOT_SERVING",
        3 => "SERVICE_UNKNOWN",
        _ => "not known",
    };

    private static byte[] Write(string service)
    {
        if (service.Length == 0)
            return [];
        var name = Encoding.UTF8.GetBytes(service);
        var message = new List<byte> { ServiceField };
        for (var length = (uint)name.Length; ; length >>= 7)
        {
            message.Add((byte)(length < 0x80 ? length : length | 0x80));
            if (length < 0x80)
                break;
        }

        return [.. message, .. name];
    }

    /// <summary>Only the first field is read; an answer without it says 0, as protobuf leaves out zeros.</summary>
    public static int StatusIn(byte[] message) => message switch
    {
        [] => 0,
        [StatusField, < 0x80 and var status, ..] => status,
        _ => -1,
    };
}
