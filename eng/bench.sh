#!/usr/bin/env bash
# Builds what is measured, installs missing peers (Debian, as root), runs the benchmark.   bench.sh [all|pairs|figures|cluster|control|restore]
#   ROUNDS=3 WARMUP=5 DURATION=5 (seconds) CHANGES=10 PAIRS="konsul haproxy-h2 haproxy-h1 nginx-h1 caddy-h2"
#   cluster: KILLS=50 KEYS=1000000 VALUE_BYTES=1000 PARTS="comparison failover state"
#   control: INSTANCES=10000 WATCHERS=10000 CHANGES=10 PARTS="catalog watchers dns"
#   restore: KEYS=1000000 VALUE_BYTES=1000 BEFORE=folder (another build, measured in turns with this one)
#   KONSUL_BIN=folder   measures programs built elsewhere instead of building dist/bin
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=$PATH:/usr/sbin:/sbin

declare -A package=([haproxy]=haproxy [nginx]=nginx-light [caddy]=caddy [wrk]=wrk [openssl]=openssl)
[ "${1:-}" = control ] && { package=(); ulimit -n "$(ulimit -Hn)"; }
[ "${1:-}" = cluster ] && package=([etcd]=etcd-server [h2load]=nghttp2-client)
[ "${1:-}" = control ] && package=([dnsperf]=dnsperf [taskset]=util-linux)
[ "${1:-}" = restore ] && package=()
missing=()
for tool in "${!package[@]}"; do
  command -v "$tool" >/dev/null 2>&1 || missing+=("${package[$tool]}")
done
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing: ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    # Services that packages start on installation are not wanted here.
    if [ ! -e /usr/sbin/policy-rc.d ]; then
      trap 'rm -f /usr/sbin/policy-rc.d' EXIT
      printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
    fi
    apt-get update -qq >/dev/null || true
    for name in "${missing[@]}"; do # one by one: a package that a release lacks must not keep the others out
      apt-get install -y -qq --no-install-recommends "$name" >/dev/null 2>&1 || echo "could not be installed: $name"
    done
    [ -z "$(trap -p EXIT)" ] || { rm -f /usr/sbin/policy-rc.d; trap - EXIT; }
  else
    echo "missing, the pairs that need them are skipped: ${missing[*]}"
  fi
fi

if [ -z "${KONSUL_BIN:-}" ] && { [ -z "${PAIRS:-}" ] || [[ "$PAIRS" == *konsul* ]] || [[ "${1:-}" =~ ^(figures|cluster|control|restore)$ ]]; }; then
  eng/dist.sh
fi
dotnet build bench/Konsul.Mesh.Bench -c Release -v q -nologo -clp:"NoSummary;ErrorsOnly"
# exec: the signals of the terminal reach the program that has something to stop.
exec dotnet artifacts/bin/Konsul.Mesh.Bench/release/Konsul.Mesh.Bench.dll "$@"
