#!/usr/bin/env bash
# Builds every peer and the load generator into build/. What cannot be built here is reported on stderr as
# "skipped <name>: <reason>" and does not stop the rest. Running it again only does what has become necessary.
#
#   setup.sh            everything
#   setup.sh <name>...  only these
set -u
cd "$(dirname "$0")" || exit 1
mkdir -p build

need() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || { echo "no $tool" >&2; return 1; }
  done
}

compile() { # <output> <source>...
  need gcc && gcc -O2 -march=native -Wall -Wextra -o "build/$1" "${@:2}"
}

build_load() { compile load load/*.c; }
build_bulk-server() { compile bulk-server bulk-server.c; }
build_c-epoll() { compile epoll-echo epoll-echo.c; }
build_uring-read() { compile uring-read uring-read.c; }
build_c-uring() { compile uring-echo uring-echo.c; }

build_node() { need node; }

# The package of the platform holds the binary; bun's own install script would only move it elsewhere.
build_bun() {
  need npm || return
  npm install --prefix build/npm --ignore-scripts --no-audit --no-fund --loglevel=error bun@1.4.5 >&2 || return
  local binary
  for binary in build/npm/node_modules/@oven/*/bin/bun; do # of several, only the right one runs
    "$binary" --version >/dev/null && ln -sf "${binary#build/}" build/bun && return
  done
  echo "no binary for this platform" >&2
  return 1
}

build_uvloop() {
  need python3 || return
  [ -x build/venv/bin/pip ] || python3 -m venv build/venv || return
  build/venv/bin/pip install --quiet --disable-pip-version-check uvloop==0.23.0 && touch build/venv/ready
}

build_go() {
  local program
  need go || return
  for program in go-echo go-tasks; do
    (cd $program && GOTOOLCHAIN=local go build -o ../build/$program .) || return
  done
}

# In a copy: cargo writes a lock file beside the manifest.
build_tokio() {
  need cargo && mkdir -p build/tokio && cp -rp tokio-echo/. build/tokio/ &&
    cargo build --quiet --release --manifest-path build/tokio/Cargo.toml &&
    ln -sf tokio/target/release/tokio-{echo,tasks} build/
}

build_effection() {
  need npm && mkdir -p build/effection && cp -p effection-tasks/* build/effection/ &&
    npm install --prefix build/effection --ignore-scripts --no-audit --no-fund --loglevel=error
}

[ $# -gt 0 ] || set -- load bulk-server uring-read c-epoll c-uring node bun uvloop go tokio effection
for name in "$@"; do
  if ! declare -F "build_$name" >/dev/null; then
    echo "skipped $name: no such peer" >&2
  elif log=$("build_$name" 2>&1 >/dev/null); then
    echo "built $name"
  else
    echo "skipped $name: $(grep -im1 error <<<"$log" || tail -n 1 <<<"$log")" >&2
  fi
done
