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

# Each program is published into a folder of its own: a publish removes from its folder what it no longer needs, also what another one put there.
# The three share the runtime's files, which are the same, so the merged folder holds them once.
staged=$PWD/artifacts/dist-new
publish() {
  dotnet publish "$1" -c Release -r "$rid" --self-contained -o "$staged/$2" -v q -nologo -clp:NoSummary -p:DebugType=embedded
}

rm -rf "$staged"
publish controlplane/Konsul.Mesh.Server server
publish proxy/Konsul.Mesh.Proxy proxy
publish cli/Konsul.Mesh.Cli ctl
out=$staged/bin
mkdir -p "$out"
for part in server proxy ctl; do
  cp -R "$staged/$part/." "$out/"
  rm -rf "${staged:?}/$part"
done
mkdir -p dist
rm -rf dist/bin
mv "$out" dist/bin
for program in konsul-server konsul-proxy konsulctl; do
  [ -x "dist/bin/$program" ] || { echo "dist: dist/bin/$program was not made" >&2; exit 1; }
done
