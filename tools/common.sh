# shellcheck shell=bash
# Sourced by the scripts of this folder: builds, quietly, with the compiler cache where there is one.
# The work directory is the repository's root afterwards.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

if command -v ccache >/dev/null; then
  export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi

say() { printf '\n== %s\n' "$*" >&2; }

# Runs a command with its output in build/NAME.log, which is shown when it fails.
#   quietly NAME COMMAND...
quietly() {
  local log=build/$1.log status=0
  shift
  mkdir -p build
  "$@" >"$log" 2>&1 || status=$?
  if ((status != 0)); then
    tail -n "${PAGEPULSE_LOG_LINES:-60}" "$log" >&2
    printf '\nfailed with %s: %s\nthe whole of it: %s\n' "$status" "$*" "$log" >&2
  fi
  return "$status"
}

# Configures and builds a preset of CMakePresets.json; on a terminal with ninja's one line of progress.
#   build_preset PRESET [TARGET...]
build_preset() {
  local preset=$1
  shift
  quietly "configure-$preset" cmake --preset "$preset"
  local command=(ninja -C "build/$preset" "$@")
  # A compiler of this code takes up to 1.5 GiB; more of them than fit would be killed.
  local jobs memory_gib
  memory_gib=$(awk '/MemAvailable/ {print int($2 / 1048576)}' /proc/meminfo)
  jobs=$((memory_gib * 2 / 3 < $(nproc) ? memory_gib * 2 / 3 : $(nproc)))
  command+=(-j "$((jobs > 0 ? jobs : 1))")
  if [[ -t 1 ]]; then
    "${command[@]}"
  else
    quietly "build-$preset" "${command[@]}"
  fi
}
