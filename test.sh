#!/usr/bin/env bash
# Every check of the project: ruff, mypy --strict, pytest.
#   ./test.sh            what a change must pass           ./test.sh -k scoring    further words go to pytest
#   ./test.sh --ci       the same, with fixed random seeds; PLANNER_STRICT=1 makes a skipped test a failure
#   ./test.sh --full     more random examples, and the tests marked slow
# As root it also installs the Debian packages that the tests need, when they are missing.
set -euo pipefail
cd -P "$(dirname "${BASH_SOURCE[0]}")"

profile=dev
select=(-m "not slow")
case ${1:-} in
    --ci) profile=ci; shift ;;
    --full) profile=full; select=(); shift ;;
esac

missing_packages() {
    local wanted=(chromium fonts-noto-cjk poppler-utils) name
    grep -rqE --include='test_*.py' 'mark\.needs_postgres' tests && wanted+=(postgresql-15 postgresql-15-postgis-3)
    for name in "${wanted[@]}"; do
        [ "$(dpkg-query -W -f '${Status}' "$name" 2>/dev/null)" = "install ok installed" ] || echo "$name"
    done
}

install_packages() { # what cannot be installed shows as a skipped test, by name
    command -v dpkg-query >/dev/null && [ "$(id -u)" = 0 ] || return 0
    local missing
    mapfile -t missing < <(missing_packages)
    [ ${#missing[@]} = 0 ] && return 0
    echo "Installing ${missing[*]} ..."
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null; } </dev/null ||
        echo "Could not install ${missing[*]}: the tests that need them are skipped." >&2
}

bin=/usr/lib/postgresql/15/bin
as_postgres() { if [ "$(id -u)" = 0 ]; then setpriv --reuid postgres --regid postgres --clear-groups "$@"; else "$@"; fi; }
free_port() { "$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
stop_postgres() { as_postgres "$bin/pg_ctl" -D "$cluster/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$cluster"; }

start_postgres() { # a server of our own for this run, on the loopback only; a given PLANNER_TEST_POSTGRES is taken instead
    [ -z "${PLANNER_TEST_POSTGRES:-}" ] && [ -x "$bin/initdb" ] || return 0
    cluster=$(mktemp -d /tmp/planner_postgres.XXXXXX)
    trap stop_postgres EXIT
    [ "$(id -u)" = 0 ] && chown postgres "$cluster"
    local port; port=$(free_port)
    if (cd "$cluster" && as_postgres "$bin/initdb" -D data -A trust -U postgres -E UTF8 --locale=C.UTF-8 -N &&
        as_postgres "$bin/pg_ctl" -D data -w -l log start \
            -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c full_page_writes=off -c synchronous_commit=off") >/dev/null; then
        export PLANNER_TEST_POSTGRES=postgresql://postgres@127.0.0.1:$port/postgres
    else
        echo "PostgreSQL did not start: its tests are skipped." >&2
    fi
}

install_packages
./run.sh --prepare requirements-test.txt
python=.venv/bin/python
start_postgres
export PYTHONDONTWRITEBYTECODE=1 HYPOTHESIS_PROFILE=$profile

"$python" -m ruff check .
"$python" -m mypy --strict
workers=$(($(nproc 2>/dev/null || echo 2) + 1)) # the tests in the browser wait more than they compute
"$python" -m pytest -q -n "$workers" --dist loadfile "${select[@]}" "$@"
