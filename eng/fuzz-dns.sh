#!/usr/bin/env bash
# Throws N random damaged packets at the DNS server's decoder and answers, from a seed that repeats them.   fuzz-dns.sh N SEED
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet build tests/Konsul.Mesh.Dns.Tests -c Release -v q -nologo -clp:NoSummary
export KONSUL_FUZZ_PACKETS=${1:-1000000} KONSUL_FUZZ_SEED=${2:-1}
exec dotnet artifacts/bin/Konsul.Mesh.Dns.Tests/release/Konsul.Mesh.Dns.Tests.dll -noLogo -noColor -method '*Handle_ManyRandomPackets_AreSurvived'
