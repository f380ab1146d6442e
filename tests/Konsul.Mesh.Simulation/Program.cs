using Konsul.Mesh.Simulation;

return await SimulationProgram.RunAsync(args, Console.Out, TimeProvider.System);
