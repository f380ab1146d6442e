#!/usr/bin/env bash
# Publishes the three programs, self-contained, into dist/bin. They run in place from any working directory.
set -euo pipefail
cd "$(dirname "$0")/.."

case "$(uname -m)" in
  x86_64) rid=linux-x64 ;;
  aarch64 | arm64) rid=linux-arm64 ;;
  *) echo "dist: no runtime for $(uname -m)" >&2; exit 1 ;;
esac
case "$(uname -s)" in
  Linux) ;;
  Darwin) rid=${rid/linux/osx} ;;
  *) echo "dist: no runtime for $(uname -s)" >&2; exit 1 ;;
esac

publish() {
  dotnet publish "$1" -c Release -r "$rid" --self-contained -o "$out" -v q -nologo -p:DebugType=embedded
}

# Publish beside the old one and swap, so that a failed build leaves the old programs as they were.
out=$PWD/artifacts/dist-new
rm -rf "$out"
publish controlplane/Konsul.Mesh.Server
publish proxy/Konsul.Mesh.Proxy
publish cli/Konsul.Mesh.Cli
mkdir -p dist
rm -rf dist/bin
mv "$out" dist/bin
for program in konsul-server konsul-proxy konsulctl; do
  [ -x "dist/bin/$program" ] || { echo "dist: dist/bin/$program was not made" >&2; exit 1; }
done
