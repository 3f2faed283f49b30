#!/usr/bin/env bash
# 打开规划软件 / Open the planner:   ./run.sh [streamlit options]     e.g.  ./run.sh --server.port 8600
# 只装环境 / Prepare the environment only:   ./run.sh --prepare [requirements file]
#
# Makes .venv beside this file with Python 3.11 or newer and installs the pinned packages once; a folder wheels/
# (pip download -r requirements.txt -d wheels) makes that work without the internet. Asks nothing and needs no home directory.
# The page answers on this computer only; PLANNER_TRUSTED_LAN=1 opens it to the local network, where no login guards it.
set -euo pipefail

called_from=$PWD
cd -P "$(dirname "$(readlink -f "${BASH_SOURCE[0]}" 2>/dev/null || echo "${BASH_SOURCE[0]}")")"
python=.venv/bin/python

say() { printf '%s\n' "$*" >&2; }
fail() { say "$1"; say "$2"; exit 1; }

find_python() { # the first interpreter that starts, is new enough and can make environments
    local name
    for name in ${PLANNER_PYTHON:-} python3.11 python3.12 python3.13 python3.14 python3; do
        "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$name"; return; }
    done
    fail "没有找到 Python 3.11 或更新的版本（含 venv）。请先安装，例如：apt-get install python3 python3-venv；或用 PLANNER_PYTHON 指明路径。" \
         "No Python 3.11 or newer with venv was found. Install one (apt-get install python3 python3-venv), or name it in PLANNER_PYTHON."
}

make_environment() { # a broken, moved, half-made or too old environment is made anew
    "$python" -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && return
    local base
    base=$(find_python) || exit 1
    say "正在建立运行环境 .venv …  Making the environment .venv ..."
    "$base" -m venv --clear .venv
}

fingerprint() { "$python" -c 'import hashlib, sys
print(sys.version, hashlib.sha256(b"".join(open(f, "rb").read() for f in sys.argv[1:])).hexdigest())' requirements.txt "$1"; }

install() { # install FILE: once for each content of the file
    local stamp=.venv/installed-$1 wanted source=()
    wanted=$(fingerprint "$1")
    [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && return
    [ -d wheels ] && source=(--no-index --find-links wheels)
    say "正在安装所需软件包（只在第一次或版本变化时）…  Installing packages (first time or new versions only) ..."
    "$python" -m pip install --quiet --disable-pip-version-check --no-input ${source[@]+"${source[@]}"} -r "$1" ||
        fail "软件包没有装好。没有互联网时，请在能上网的同类电脑上运行 pip download -r requirements.txt -d wheels，把 wheels 文件夹放到这里后再运行。" \
             "The packages could not be installed. Without internet: run pip download -r requirements.txt -d wheels on a like machine and put the folder wheels here."
    printf '%s' "$wanted" > "$stamp"
}

address() { # where the page answers; an address asked for by hand must not open it to others by accident
    local before="" word wanted=""
    for word in "$@"; do
        [ "$before" = --server.address ] && wanted=$word
        case $word in --server.address=*) wanted=${word#*=} ;; esac
        before=$word
    done
    if [ "${PLANNER_TRUSTED_LAN:-}" = 1 ]; then echo "${wanted:-0.0.0.0}"; return; fi
    case ${wanted:-127.0.0.1} in
        127.*|localhost|::1) echo "${wanted:-127.0.0.1}" ;;
        *) fail "没有登录保护时只能在本机打开（127.0.0.1）。局域网内人人可信时，请设置 PLANNER_TRUSTED_LAN=1 后再运行。" \
                "Without a login the page opens on this computer only (127.0.0.1). Where everybody on the network is trusted, set PLANNER_TRUSTED_LAN=1." ;;
    esac
}

make_environment
if [ "${1:-}" = --prepare ]; then
    install "${2:-requirements.txt}"
    exit 0
fi
install requirements.txt
where=$(address "$@") || exit 2
for name in PLANNER_DISTRICT PLANNER_STORE; do # a relative path means the folder of the caller
    value=${!name:-}
    case $value in ""|none|/*|*://*) ;; *) export "$name=$called_from/$value" ;; esac
done
exec "$python" -m streamlit run app.py --server.showEmailPrompt false --browser.gatherUsageStats false --server.address "$where" "$@"
