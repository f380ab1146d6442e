using Grpc.Core;

namespace Konsul.Mesh.Etcd.Client;

/// <summary>
/// Reads etcd's errors. The status code alone does not tell (ResourceExhausted is a full disk and too many requests), so its texts decide; they
/// are the same from 3.4 on.
/// </summary>
internal static class CallFaults
{
    private const int LongestDetail = 300;

    public static CallFault Of(RpcException e) => e.StatusCode switch
    {
        StatusCode.ResourceExhausted when Says(e, "space exceeded") => CallFault.NoSpace,
        StatusCode.ResourceExhausted when Says(e, "too many requests") => CallFault.Busy,
        StatusCode.ResourceExhausted when Says(e, "message larger than max") => CallFault.TooLarge,
        StatusCode.InvalidArgument when Says(e, "request is too large") => CallFault.TooLarge,
        StatusCode.InvalidArgument when Says(e, "user name is empty") || Says(e, "authentication failed") => CallFault.Denied,
        StatusCode.PermissionDenied or StatusCode.Unauthenticated => CallFault.Denied,
        StatusCode.OutOfRange => CallFault.Compacted,
        StatusCode.NotFound when Says(e, "lease not found") => CallFault.NoLease,
        StatusCode.Unimplemented => CallFault.NotEtcd,
        _ => CallFault.Unavailable,
    };

    /// <summary>The token of the user is no longer good; logging in again helps.</summary>
    public static bool WantsLogin(RpcException e) =>
        e.StatusCode == StatusCode.Unauthenticated || Says(e, "auth token") || Says(e, "auth store is old");

    /// <summary>For a person; cut, because a foreign server may have written it.</summary>
    public static string Text(RpcException e)
    {
        var text = $"{e.StatusCode}: {e.Status.Detail}".ReplaceLineEndings(" ");
        return text.Length <= LongestDetail ? text : text[..LongestDetail] + "…";
    }

    private static bool Says(RpcException e, string text) => e.Status.Detail.Contains(text, StringComparison.Ordinal);
}
