#!/usr/bin/env bash
# The long form of the crash tests: ROUNDS (100) kills under eight writers with SQLite and with etcd, and etcd away for 30 seconds.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/setup.sh

setup
install_packages etcd-server etcd-client
build debug --build-tests
export FLOTILLA_CRASH_ROUNDS=${1:-100} FLOTILLA_OUTAGE_SECONDS=30
swift test --skip-build --filter DurabilityTests
