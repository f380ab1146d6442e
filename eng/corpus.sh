#!/usr/bin/env bash
# Runs cases that others have written, data only: raft scripts, recorded client histories.   corpus.sh [DIR...]
# Without DIR: $KONSUL_CORPUS, else ../shared/corpus beside this repository.
set -euo pipefail
if [ $# -gt 0 ]; then
  dirs=()
  for dir in "$@"; do dirs+=("$(realpath -m "$dir")"); done
  cd "$(dirname "$0")/.."
else
  dirs=("$(realpath -m "${KONSUL_CORPUS:-$(dirname "$0")/../../shared/corpus}")")
  cd "$(dirname "$0")/.."
fi
dotnet build tests/Konsul.Mesh.Corpus -c Release -v q -nologo -clp:NoSummary
exec dotnet artifacts/bin/Konsul.Mesh.Corpus/release/Konsul.Mesh.Corpus.dll "${dirs[@]}"
