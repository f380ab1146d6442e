// The tests start real programs; one after the other, so that they do not starve each other on a small machine.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
