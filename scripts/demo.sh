#!/usr/bin/env bash
# One application across three clusters: starts a control plane and three simulated members, propagates the samples with the
# ordinary kubectl, fails a cluster over, and stops. `--keep` leaves everything running and prints the kubeconfigs.
# `--services` calls a service of one cluster from another instead.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/setup.sh

keep=false services=false
for argument in "$@"; do
    case $argument in
        --keep) keep=true ;;
        --services) services=true ;;
        *) printf 'usage: scripts/demo.sh [--keep] [--services]\n' >&2; exit 2 ;;
    esac
done

setup
build release --product flotillad
build release --product flotilla
bin=$(swift build -c release --show-bin-path)
begin=$SECONDS

work=$(mktemp -d "${TMPDIR:-/tmp}/flotilla-demo.XXXXXX")
declare -A pid=()
clean_up() {
    local status=$?
    if $keep && [ $status -eq 0 ]; then return; fi
    for name in "${!pid[@]}"; do kill "${pid[$name]}" 2>/dev/null || true; done
    wait 2>/dev/null || true
    if [ $status -ne 0 ]; then
        printf 'The demo failed; the logs are in %s\n' "$work" >&2
    else
        rm -rf "$work"
    fi
}
trap clean_up EXIT

# start NAME flotillad-arguments…: runs it in the background until its ready line is there.
start() {
    local name=$1 deadline=$((SECONDS + 20))
    shift
    "$bin/flotillad" "$@" --data-dir "$work/$name" --listen 127.0.0.1:0 >"$work/$name.out" 2>"$work/$name.log" &
    pid[$name]=$!
    until grep -q '^flotillad ready ' "$work/$name.out"; do
        kill -0 "${pid[$name]}" 2>/dev/null || { cat "$work/$name.log" >&2; fail "$name ended before it was ready"; }
        [ $SECONDS -lt $deadline ] || fail "$name was not ready within 20 s"
        sleep 0.05
    done
    printf '%-10s %s\n' "$name" "$(sed -n 's/^flotillad ready //p' "$work/$name.out")"
}

on() { local where=$1; shift; kubectl --kubeconfig "$work/$where/admin.kubeconfig" "$@"; }

# field MEMBER DEPLOYMENT JSONPATH: 0 where the member is down or has no such Deployment.
field() {
    local value
    value=$(on "$1" get deployment "$2" --request-timeout=2s -o "jsonpath=$3" 2>/dev/null) || true
    printf '%s' "${value:-0}"
}
ready() { field "$1" "$2" '{.status.readyReplicas}'; }
total_ready() { printf '%s' $(($(ready member1 "$1") + $(ready member2 "$1") + $(ready member3 "$1"))); }

# expect SECONDS WHAT COMMAND…: awaits that the command succeeds.
expect() {
    local limit=$1 what=$2 deadline=$((SECONDS + $1))
    shift 2
    until "$@"; do
        [ $SECONDS -lt $deadline ] || fail "not within $limit s: $what"
        sleep 0.2
    done
    printf '%s\n' "$what"
}

placed() { [ "$(ready member1 "$1")/$(ready member2 "$1")/$(ready member3 "$1")" = "$2" ]; }

table() {
    printf '%-10s %-8s %-9s %-6s %s\n' DEPLOYMENT CLUSTER REPLICAS READY LABELS
    local member
    for member in member1 member2 member3; do
        printf '%-10s %-8s %-9s %-6s %s\n' "$1" "$member" "$(field $member "$1" '{.spec.replicas}')" "$(ready $member "$1")" \
            "$(on $member get deployment "$1" --ignore-not-found -o 'jsonpath={.metadata.labels}' 2>/dev/null | sed -e 's/"[a-z.-]*karmada.io[^,}]*,\{0,1\}//g' -e 's/,}/}/')"
    done
}

say "Starting a control plane and three members"
# A dead cluster is to be noticed within seconds rather than Karmada's half a minute.
start control serve --cluster-status-update-frequency 1s --cluster-failure-threshold 2s --cluster-success-threshold 2s \
    --enable-no-execute-taint-eviction --allow-no-execute-taint-policy --resource-eviction-rate 10
for number in 1 2 3; do
    start member$number member --name member$number --nodes 3 --node-cpu 1 --pod-network 10.$number.0.0 --serve-pods
done

say "Joining the members"
for member in member1 member2 member3; do
    "$bin/flotilla" join "$member" --kubeconfig "$work/control/admin.kubeconfig" --cluster-kubeconfig "$work/$member/admin.kubeconfig"
done
on control wait cluster --all --for=condition=Ready --timeout=20s
on control get clusters

call_services() {
    say "svc-foo runs in member1, and is called from member2 as derived-svc-foo"
    on control apply -f samples/services/
    expect 20 "foo is ready on member1" placed foo 2/0/0
    expect 20 "member2 has the derived Service" on member2 get service derived-svc-foo
    expect 20 "and the endpoints" imported
    on member2 get endpointslices -l kubernetes.io/service-name=derived-svc-foo
    local address
    for address in $(endpoints); do
        # Simulated pods answer on the loopback network, where the rest of the address is the same.
        printf '%s, called from member2, is ' "$address"
        get "127.${address#*.}" 8080
    done
}
get() {
    exec 3<>"/dev/tcp/$1/$2"
    printf 'GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$1" >&3
    tail -n 1 <&3
    exec 3>&-
}
endpoints() {
    on member2 get endpointslices -l kubernetes.io/service-name=derived-svc-foo \
        -o 'jsonpath={.items[*].endpoints[*].addresses[0]}'
}
imported() { [ "$(endpoints | wc -w)" = 2 ]; }

failover() {
    say "nginx: two replicas, static weights 1:1 over member1 and member2, labels overridden for member2"
    on control apply -f samples/nginx/
    expect 20 "nginx is ready on member1 and member2" placed nginx 1/1/0
    table nginx

    say "foo: six replicas, spread over two of three candidate clusters"
    on control apply -f samples/foo/
    expect 20 "foo is ready on member1 and member2" placed foo 3/3/0
    table foo

    say "member1 dies: its process is killed"
    kill -9 "${pid[member1]}"
    wait "${pid[member1]}" 2>/dev/null || true
    unset 'pid[member1]'
    local deadline=$((SECONDS + 30))
    until placed foo 0/3/3; do
        [ $SECONDS -lt $deadline ] || fail "foo's six replicas were not ready on member2 and member3 within 30 s"
        printf 'ready replicas of foo: %s\n' "$(total_ready foo)"
        sleep 1
    done
    printf 'ready replicas of foo: %s\n' "$(total_ready foo)"
    table foo
    on control get clusters
}

if $services; then call_services; else failover; fi

if $keep; then
    say "Everything is left running; stop it with: kill ${pid[*]}"
    for name in "${!pid[@]}"; do printf '%-10s export KUBECONFIG=%s\n' "$name" "$work/$name/admin.kubeconfig"; done
else
    say "Stopping"
    for name in "${!pid[@]}"; do kill "${pid[$name]}"; done
    for name in "${!pid[@]}"; do wait "${pid[$name]}" || fail "$name did not end cleanly"; done
    pid=()
fi
say "The demo took $((SECONDS - begin)) s"
