#!/usr/bin/env bash
# Builds, runs every test project as its own program, closes with one line "N passed, N failed[, N skipped]".
#   --fast   only the unit ring (no processes, no dist)
set -uo pipefail
cd "$(dirname "$0")/.."

fast=0
[ "${1:-}" = --fast ] && fast=1
slow_ring="Konsul.Mesh.EndToEnd.Tests Konsul.Mesh.Manifests.Tests"

if [ "$fast" -eq 0 ]; then
  eng/install-test-tools.sh
  echo "== dist"
  eng/dist.sh || { echo "0 passed, 1 failed"; exit 1; }
fi
echo "== build"
dotnet build Konsul.Mesh.sln -c Release -v q -nologo -clp:NoSummary || { echo "0 passed, 1 failed"; exit 1; }

results=$PWD/artifacts/test-results
rm -rf "$results" && mkdir -p "$results"
passed=0 failed=0 skipped=0
for dir in tests/*.Tests; do
  project=$(basename "$dir")
  [ "$fast" -eq 1 ] && [[ " $slow_ring " == *" $project "* ]] && continue
  echo "== $project"
  dotnet "artifacts/bin/$project/release/$project.dll" -noLogo -noColor -xml "$results/$project.xml" >"$results/$project.log" 2>&1
  code=$?
  counts=$(grep -o '<assembly [^>]*>' "$results/$project.xml" 2>/dev/null)
  count() { sed -nE "s/.* $1=\"([0-9]+)\".*/\1/p" <<<"$counts" | head -n 1; }
  p=$(count passed) f=$(count failed) s=$(count skipped) e=$(count errors) n=$(count not-run)
  if [ -z "$p" ] || { [ "$code" -ne 0 ] && [ "${f:-0}" -eq 0 ] && [ "${e:-0}" -eq 0 ]; }; then
    echo "   did not finish (exit code $code)"
    tail -n 40 "$results/$project.log"
    failed=$((failed + 1))
    passed=$((passed + ${p:-0}))
    continue
  fi
  f=$((f + ${e:-0}))
  echo "   $p passed, $f failed, $s skipped"
  [ "$f" -gt 0 ] && grep -v -E '^\s*$' "$results/$project.log" | grep -A 12 -E '\[(FAIL|ERROR)\]|error' | head -n 200
  [ "$s" -gt 0 ] && grep -A 1 -E '\[SKIP\]' "$results/$project.log" | grep -v '^--' | sed 's/^/  /'
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s + ${n:-0}))
done

if [ "$skipped" -gt 0 ]; then
  echo "$passed passed, $failed failed, $skipped skipped"
else
  echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
