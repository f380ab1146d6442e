#!/usr/bin/env bash
# Simulates whole clusters, each from one seed: make sim [SEEDS=1000] [FROM=1], one again: make sim SEED=123 [TRACE=1].
# WITHOUT=Rule takes a rule away, which must be noticed. Ends with 1 if a seed failed; prints how to run it again.
set -euo pipefail
cd "$(dirname "$0")/.."
arguments=()
if [ -n "${SEED:-}" ]; then
  arguments+=(--seed "$SEED")
else
  arguments+=(--seeds "${SEEDS:-1000}" --from "${FROM:-1}")
fi
[ -n "${TRACE:-}" ] && arguments+=(--trace)
[ -n "${WITHOUT:-}" ] && arguments+=(--without "$WITHOUT")
dotnet build tests/Konsul.Mesh.Simulation -c Release -v q -nologo -clp:NoSummary >&2
exec dotnet artifacts/bin/Konsul.Mesh.Simulation/release/Konsul.Mesh.Simulation.dll "${arguments[@]}"
