#!/bin/sh
# Make .venv ready for `make run` and `make test`: system libraries, Python, the locked packages, IBDesk itself.
# Cheap when nothing changed. An interrupted set-up leaves no stamp, so the next run starts it afresh.
set -eu
cd "$(dirname "$0")/.."

# Each shared library that Qt opens, and the Debian package that brings it.
LIBRARIES='
libglib-2.0.so.0        libglib2.0-0
libEGL.so.1             libegl1
libGL.so.1              libgl1
libxkbcommon.so.0       libxkbcommon0
libfontconfig.so.1      libfontconfig1
libdbus-1.so.3          libdbus-1-3
libxcb-cursor.so.0      libxcb-cursor0
libxkbcommon-x11.so.0   libxkbcommon-x11-0
libxcb-icccm.so.4       libxcb-icccm4
libxcb-keysyms.so.1     libxcb-keysyms1
libxcb-shape.so.0       libxcb-shape0
'

say() { printf 'ibdesk: %s\n' "$*" >&2; }

recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        if recent "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
}

has_uv() { command -v uv >/dev/null 2>&1; }

# An environment that uv made holds no pip: without uv it could not be kept up to date.
has_installer() { has_uv || [ -x .venv/bin/pip ]; }

missing_libraries() {
    known=$(PATH="$PATH:/usr/sbin:/sbin" ldconfig -p 2>/dev/null) || return 0
    echo "$LIBRARIES" | while read -r library package; do
        case "$known" in
            *"$library"*) ;;
            *) echo "$package" ;;
        esac
    done
}

# Debian keeps ensurepip, which venv needs, in a package of its own.
missing_venv() {
    has_uv || "$python" -c 'import ensurepip' 2>/dev/null ||
        "$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
}

# shellcheck disable=SC2086  # the list is split on purpose: one word a package
ensure_system_packages() {
    set -- $1
    [ $# -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null 2>&1; then
        say "Qt may miss some libraries here; Debian calls them: $*"
    elif [ "$(id -u)" -eq 0 ]; then
        say "installing system packages: $*"
        export DEBIAN_FRONTEND=noninteractive
        apt-get -qq update
        apt-get -qq install -y --no-install-recommends "$@" >/dev/null
    else
        say 'system packages are missing; run this line, then make again:'
        echo "sudo apt-get install --no-install-recommends $*" >&2
        exit 1
    fi
}

# The lock's packages, into an environment made anew: nothing stale or half installed survives.
install_packages() {
    say 'installing the locked packages into .venv; this takes a minute, once'
    rm -rf .venv
    if has_uv; then
        uv venv --quiet --python "${python:->=3.11}" .venv
        uv pip sync --quiet --python .venv/bin/python --require-hashes requirements.lock
    else
        "$python" -m venv .venv
        .venv/bin/python -m pip install --quiet --require-hashes -r requirements.lock
    fi
}

# Editable, and built by the hatchling of the lock.
install_ibdesk() {
    if has_uv; then
        uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
    else
        .venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
    fi
}

# What the environment was made from: the lock, this script, its place and the interpreter that runs it.
packages_key() {
    cat requirements.lock scripts/setup.sh | cksum
    pwd
    .venv/bin/python --version 2>/dev/null || echo 'no environment'
}

stamped() { [ "$(cat ".venv/$1" 2>/dev/null)" = "$2" ]; }

stamp() {
    echo "$2" >".venv/$1.new"
    mv ".venv/$1.new" ".venv/$1"
}

# Two set-ups at once would undo one another.
if command -v flock >/dev/null 2>&1; then
    exec 9<scripts/setup.sh
    flock 9
fi

if stamped packages.stamp "$(packages_key)" && has_installer; then
    ensure_system_packages "$(missing_libraries)"
else
    python=$(find_python)
    if [ -z "$python" ] && ! has_uv; then
        say 'Python 3.11 or newer is needed and none was found: install one, or name it with make PYTHON=...'
        exit 1
    fi
    ensure_system_packages "$(missing_libraries; missing_venv)"
    install_packages
    stamp packages.stamp "$(packages_key)"
fi
if ! stamped ibdesk.stamp "$(cksum <pyproject.toml)"; then
    install_ibdesk
    stamp ibdesk.stamp "$(cksum <pyproject.toml)"
fi
