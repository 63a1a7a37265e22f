# Sourced by demo.sh and test.sh: what a fresh Debian machine with a Swift 6 toolchain lacks, and the build.

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Leaves the machine as it is where nothing is missing.
install_packages() {
    local package missing=()
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    command -v apt-get >/dev/null || fail "please install ${missing[*]} (this script knows only Debian's apt-get)"
    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "please install ${missing[*]} as root, or install sudo"
        root=(sudo)
    fi
    say "Installing Debian packages: ${missing[*]}"
    # Services that come with packages (etcd) stay off: the tests start their own.
    local policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | "${root[@]}" install -m 755 /dev/stdin "$policy"
        trap "${root[*]} rm -f $policy" EXIT
    fi
    "${root[@]}" apt-get update -qq || fail "apt-get update failed"
    DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null \
        || fail "apt-get could not install ${missing[*]}"
}

setup() {
    command -v swift >/dev/null || fail "no 'swift' on the PATH: install a Swift 6.1 or newer toolchain (https://swift.org/install)"
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -1)
    [ "$(printf '6.1\n%s\n' "$version" | sort -V | head -1)" = 6.1 ] || fail "Swift 6.1 or newer is needed; this is ${version:-unknown}"
    local packages=(libyaml-dev libsqlite3-dev liblua5.4-dev zlib1g-dev pkg-config)
    command -v kubectl >/dev/null || packages+=(kubernetes-client)
    install_packages "${packages[@]}"
}

# build CONFIGURATION [swift build arguments…]
build() {
    local configuration=$1
    shift
    say "Building ($configuration; the first time takes some minutes)"
    local begin=$SECONDS
    swift build -c "$configuration" "$@" || fail "the build failed"
    say "Built in $((SECONDS - begin)) s"
}
