using Konsul.Mesh.Raft.Host.Files;
using Konsul.Mesh.Raft.Host.Segments;
using Konsul.Mesh.Raft.Host.Snapshots;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host;

/// <summary>The owner thread: everything in this file runs on it, except the writing of a snapshot's bytes.</summary>
public sealed partial class SingleNodeLog
{
    private const int KeptSnapshots = 2;
    private static readonly TimeSpan SlowSync = TimeSpan.FromSeconds(1);

    private readonly List<Proposal> _batch = [];
    private readonly List<SnapshotRequest> _requested = [];
    private readonly List<SnapshotRequest> _served = [];
    private Task<SnapshotFile>? _writing;
    private int _entriesSinceSnapshot;
    private long _bytesSinceSnapshot;
    private long _syncs;
    private bool _diskFull;

    private ulong SnapshotIndex => _snapshots.Count == 0 ? 0 : _snapshots[0].Index;

    private void Run()
    {
        try
        {
            while (WaitForWork())
            {
                TakeBatch();
                CommitBatch();
                StartSnapshotIfDue();
                Volatile.Write(ref _status, MakeStatus());
            }

            EndSnapshot();
            Stop(null);
        }
        catch (Exception e)
        {
            Stop(new LogStoppedException($"The log has stopped and the process must be started again: {e.Message}", e));
        }
    }

    private bool WaitForWork() => _mailbox.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult();

    private void TakeBatch()
    {
        long bytes = 0;
        while (_batch.Count < _options.MaxBatchEntries && bytes < _options.MaxBatchBytes && _mailbox.Reader.TryRead(out var item))
        {
            switch (item)
            {
                case Proposal proposal:
                    _batch.Add(proposal);
                    bytes += proposal.Command.Length;
                    break;
                case SnapshotRequest request:
                    _requested.Add(request);
                    break;
                case SnapshotWritten written when written.Writing == _writing:
                    EndSnapshot();
                    break;
            }
        }
    }

    private void CommitBatch()
    {
        if (_batch.Count == 0)
        {
            return;
        }

        var first = _log.LastIndex + 1;
        try
        {
            var started = _time.GetTimestamp();
            _log.Append(_term, _batch.ConvertAll(p => (ReadOnlyMemory<byte>)p.Command));
            _syncs++;
            _diskFull = false;
            if (_time.GetElapsedTime(started) is var took && took > SlowSync)
            {
                _logger.LogWarning(
                    "Making a batch of {Count} commands durable took {Milliseconds:F0} ms: the disk is slow", _batch.Count, took.TotalMilliseconds);
            }
        }
        catch (IOException e) when (e.IsDiskFull())
        {
            RefuseBatch(e);
            return;
        }

        for (var i = 0; i < _batch.Count; i++)
        {
            var (proposal, index) = (_batch[i], first + (ulong)i);
            var result = _machine.Apply(index, proposal.Command);
            Volatile.Write(ref _applied, index);
            Release(proposal.Command.Length);
            _bytesSinceSnapshot += proposal.Command.Length;
            proposal.Complete(new Committed(index, _term, result));
        }

        _entriesSinceSnapshot += _batch.Count;
        _batch.Clear();
    }

    private void RefuseBatch(IOException e)
    {
        if (!_diskFull)
        {
            _logger.LogError("The disk is full, writes are refused until there is space: {Message}", e.Message);
        }

        _diskFull = true;
        foreach (var proposal in _batch)
        {
            Release(proposal.Command.Length);
            proposal.Fail(new ProposalRefusedException(ProposalRefusal.DiskFull, $"The disk of the log is full, nothing was written: {e.Message}"));
        }

        _batch.Clear();
    }

    private void StartSnapshotIfDue()
    {
        if (_writing is not null)
        {
            return;
        }

        if (_applied == SnapshotIndex)
        {
            Serve(_requested, null);
            return;
        }

        if (_requested.Count == 0 && _entriesSinceSnapshot < _options.SnapshotEveryEntries && _bytesSinceSnapshot < _options.SnapshotEveryBytes)
        {
            return;
        }

        (_entriesSinceSnapshot, _bytesSinceSnapshot) = (0, 0);
        _served.AddRange(_requested);
        _requested.Clear();
        var (captured, index) = (_machine.Capture(), _applied);
        _writing = Task.Run(() => WriteSnapshot(captured, index));
        _writing.ContinueWith(
            w => _mailbox.Writer.TryWrite(new SnapshotWritten(w)), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private SnapshotFile WriteSnapshot(ICapturedSnapshot captured, ulong index)
    {
        using (captured)
        {
            return SnapshotFile.Write(_directory, index, _term, captured);
        }
    }

    private void EndSnapshot()
    {
        if (_writing is not { } writing)
        {
            return;
        }

        try
        {
            _snapshots.Insert(0, writing.GetAwaiter().GetResult());
            _writing = null;
        }
        catch (IOException e) when (e.IsDiskFull())
        {
            // The log still holds everything; the next attempt comes after as many entries again.
            _writing = null;
            _logger.LogError("No snapshot was taken, the disk is full: {Message}", e.Message);
            Serve(_served, e);
            return;
        }

        foreach (var old in _snapshots.Skip(KeptSnapshots))
        {
            _directory.Files.Delete(old.Path);
        }

        _snapshots.RemoveRange(Math.Min(KeptSnapshots, _snapshots.Count), Math.Max(0, _snapshots.Count - KeptSnapshots));
        var trailing = (ulong)_options.TrailingEntries;
        _log.DropBefore(SnapshotIndex > trailing ? SnapshotIndex - trailing + 1 : 1);
        Volatile.Write(ref _status, MakeStatus());
        Serve(_served, null);
    }

    private static void Serve(List<SnapshotRequest> requests, Exception? error)
    {
        foreach (var request in requests)
        {
            if (error is null)
            {
                request.Done.TrySetResult();
            }
            else
            {
                request.Done.TrySetException(error);
            }
        }

        requests.Clear();
    }

    private void Stop(LogStoppedException? failure)
    {
        Volatile.Write(ref _failure, failure ?? new LogStoppedException("The log is closed."));
        _mailbox.Writer.TryComplete();
        if (failure is not null)
        {
            _logger.LogCritical("{Message}", failure.Message);
        }

        _batch.ForEach(p => p.Fail(_failure));
        while (_mailbox.Reader.TryRead(out var item))
        {
            (item as Proposal)?.Fail(_failure);
            (item as SnapshotRequest)?.Done.TrySetException(_failure);
        }

        Serve(_requested, _failure);
        Serve(_served, _failure);
        ((Task?)_writing)?.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
        _log.Dispose();
        _lock.Dispose();
        var status = MakeStatus() with { Role = LogRole.Stopped, Leader = "", Failure = failure?.Message ?? "" };
        Volatile.Write(ref _status, status);
        LeadershipChanged?.Invoke(status);
        if (failure is null)
        {
            _completion.TrySetResult();
        }
        else
        {
            _completion.TrySetException(failure);
            _ = _completion.Task.Exception;
        }
    }

    private LogStatus MakeStatus() => new()
    {
        NodeId = _directory.Identity.NodeId,
        Role = LogRole.Leader,
        Term = _term,
        Leader = _directory.Identity.NodeId,
        FirstIndex = _log.FirstIndex,
        LastIndex = _log.LastIndex,
        AppliedIndex = _applied,
        SnapshotIndex = SnapshotIndex,
        LogBytes = _log.Bytes,
        Segments = _log.Segments,
        Syncs = _syncs,
        DiskFull = _diskFull,
    };
}
