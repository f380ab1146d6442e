#!/usr/bin/env bash
# Installs the Debian packages that the tests use, or says which are missing. Tests skip by name what still is not there.
set -uo pipefail
PATH=$PATH:/usr/sbin

declare -A package=(
  [redis-server]=redis-server [redis-cli]=redis-tools [openssl]=openssl [curl]=curl [promtool]=prometheus
  [ip]=iproute2 [nft]=nftables [strace]=strace
  [h2load]=nghttp2-client [wrk]=wrk [node]=nodejs [npm]=npm [etcd]=etcd-server [etcdctl]=etcd-client
  [dig]=bind9-dnsutils [delv]=bind9-dnsutils [haproxy]=haproxy [nginx]=nginx-light [unbound]=unbound
  [patroni]=patroni [psql]=postgresql
)
missing=()
for tool in "${!package[@]}"; do
  command -v "$tool" >/dev/null 2>&1 || missing+=("${package[$tool]}")
done
/usr/bin/python3 -c 'import grpc, google.protobuf' >/dev/null 2>&1 || missing+=(python3-grpcio python3-protobuf)
/usr/bin/python3 -c 'import consul' >/dev/null 2>&1 || missing+=(python3-consul)
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  if apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; then
    # Their packages start services where there is an init; the tests start their own.
    for service in etcd haproxy nginx postgresql unbound; do
      [[ " ${missing[*]} " == *" $service"* ]] && service "$service" stop >/dev/null 2>&1
    done
    exit 0
  fi
  echo "some of these could not be installed: ${missing[*]}"
else
  echo "these Debian packages are missing, tests that use them are skipped by name: ${missing[*]}"
fi
exit 0
