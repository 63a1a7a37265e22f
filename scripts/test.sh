#!/usr/bin/env bash
# Everything that the tests need, then all the tests. Arguments go to `swift test` (--filter Store, say).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/setup.sh

setup
install_packages etcd-server etcd-client
python3 -c 'import kubernetes' 2>/dev/null || install_packages python3-kubernetes
build debug --build-tests
say "Testing"
begin=$SECONDS
swift test --skip-build "$@" || fail "tests failed"
say "Tested in $((SECONDS - begin)) s"
