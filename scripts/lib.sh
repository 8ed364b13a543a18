# shellcheck shell=bash
# Sourced by the scripts beside it, after their first lines: strict mode, the root as the current
# folder, and what several of them need.
export RUSTUP_DIST_SERVER=http://127.0.0.1:1 RUSTUP_UPDATE_ROOT=http://127.0.0.1:1/rustup RUSTUP_AUTO_INSTALL=0
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Where everything is built. What is built with other flags has a folder of its own inside, so that
# one mode does not rebuild what another has built.
target=${CARGO_TARGET_DIR:-target}

# The exit code of a script that could not do its work on this machine.
skipped=77

# What kind of machine this is, as the compiler names it.
host() {
    rustc -vV | sed -n 's/^host: //p'
}

# Ends the script, loudly, where there is no nightly compiler. Never fetches one.
need_nightly() {
    if ! rustc +nightly -V 2>/dev/null; then
        echo "SKIPPED: no nightly compiler on this machine, so $1 was NOT run." >&2
        exit "$skipped"
    fi
}

# Says what comes next, then does it.
run() {
    printf '$ %s\n' "$*"
    "$@"
}
