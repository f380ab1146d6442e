using System.Net.Sockets;
using Konsul.Mesh.Hosting.Options;
using Microsoft.AspNetCore.Connections;

namespace Konsul.Mesh.Hosting.Lifecycle;

/// <summary>The frame around every Main: options in, exit code out; whatever fails is one line on standard error, never a stack
/// trace.</summary>
public static class ProgramRunner
{
    /// <param name="schema">Must contain the common options, see <see cref="CommonOptions.AddCommon"/>.</param>
    /// <param name="main">Runs until the program ends and returns its exit code.</param>
    /// <param name="time">The system's when null.</param>
    public static Task<int> RunAsync(
        OptionSchema schema, ProcessEnvironment environment, Func<ProgramContext, Task<int>> main, TimeProvider? time = null) =>
        RunAsync(schema, environment, values => values, (context, _) => main(context), time);

    /// <param name="schema">Must contain the common options, see <see cref="CommonOptions.AddCommon"/>.</param>
    /// <param name="read">Makes the program's settings from the options, and refuses with a <see cref="StartupException"/> before anything
    /// is logged or opened.</param>
    /// <param name="main">Runs until the program ends and returns its exit code.</param>
    /// <param name="time">The system's when null.</param>
    public static async Task<int> RunAsync<TSettings>(
        OptionSchema schema,
        ProcessEnvironment environment,
        Func<OptionValues, TSettings> read,
        Func<ProgramContext, TSettings, Task<int>> main,
        TimeProvider? time = null)
    {
        try
        {
            var parse = schema.Parse(environment);
            if (parse.Values is not { } values)
            {
                environment.WriteOut(parse.Text ?? "");
                return ExitCode.Ok;
            }

            var settings = read(values);
            using var context = new ProgramContext(schema, environment, values, time ?? TimeProvider.System);
            context.LogStart();
            return await main(context, settings).ConfigureAwait(false);
        }
        catch (StartupException e)
        {
            return Failed(e.ExitCode, e.Message);
        }
        catch (Exception e) when (ListenFailure(e) is { } sentence)
        {
            return Failed(ExitCode.Unavailable, sentence);
        }
        catch (Exception e)
        {
            return Failed(ExitCode.Internal, $"internal error: {e.GetType().Name}: {e.Message}");
        }

        int Failed(int code, string sentence)
        {
            environment.WriteErrorLine($"{schema.Program}: {sentence}");
            return code;
        }
    }

    private static string? ListenFailure(Exception e)
    {
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            if (cause is AddressInUseException
                or SocketException
                {
                    SocketErrorCode: SocketError.AddressAlreadyInUse or SocketError.AddressNotAvailable or SocketError.AccessDenied,
                })
            {
                return $"cannot listen: {e.Message.TrimEnd('.')}";
            }
        }

        return null;
    }
}
