namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>A thread for each loop.</summary>
internal sealed class ThreadRunner : ILoopRunner
{
    public static ThreadRunner Instance { get; } = new();

    public void Loop(LogLoop loop, Func<bool, bool> turn)
    {
        var name = loop switch
        {
            LogLoop.Owner => "konsul-raft",
            LogLoop.Append => "konsul-raft-disk",
            _ => "konsul-raft-apply",
        };
        Once(name, () =>
        {
            while (turn(true))
            {
            }
        });
    }

    public void Once(string name, Action work) => new Thread(() => work()) { IsBackground = true, Name = name }.Start();

    public void Wait(Task task, CancellationToken closing) => task.WaitAsync(closing).GetAwaiter().GetResult();

    public bool Pause(TimeSpan time, CancellationToken closing) => !closing.WaitHandle.WaitOne(time);
}
