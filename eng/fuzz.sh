#!/usr/bin/env bash
# Runs every *FuzzTests class with many inputs.   fuzz.sh [RUNS]   (default 1,000,000 each; PROJECTS="Konsul.Mesh.Server.Tests ...")
set -euo pipefail
cd "$(dirname "$0")/.."
projects=${PROJECTS:-$(grep -rl --include='*FuzzTests.cs' . tests 2>/dev/null | cut -d/ -f2 | sort -u)}
export KONSUL_FUZZ=${1:-1000000}
for project in $projects; do
  dotnet build "tests/$project" -c Release -v q -nologo -clp:"NoSummary;ErrorsOnly"
  echo "== $project, $KONSUL_FUZZ inputs for each property"
  dotnet "artifacts/bin/$project/release/$project.dll" -noLogo -noColor -class '*FuzzTests'
done
