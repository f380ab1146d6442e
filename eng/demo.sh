#!/usr/bin/env bash
# make demo: publishes the programs and runs the main job on them. ONCE=1: same steps, then exit.
set -euo pipefail
cd "$(dirname "$0")/.."
echo "building ..."
eng/dist.sh
for project in samples/Konsul.Samples.Api samples/Konsul.Samples.Web samples/Konsul.Mesh.Demo; do
  dotnet build "$project" -c Release -v q -nologo -clp:NoSummary
done
exec dotnet artifacts/bin/Konsul.Mesh.Demo/release/Konsul.Mesh.Demo.dll ${ONCE:+--once} "$@"
