#!/usr/bin/env bash
# Feeds mutated inputs to every parser: scripts/fuzz.sh [MINUTES (10) [TARGET|all [SEED]]]. Stops at the first crash or hang, whose
# input is in the file it names; the seed leads to it again.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/setup.sh

setup
build debug --product Fuzz
minutes=${1:-10} target=${2:-all}
"$(swift build --show-bin-path)/Fuzz" "$target" --seconds $((minutes * 60)) ${3:+--seed "$3"}
