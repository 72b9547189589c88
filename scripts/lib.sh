# Shared by the scripts of this directory; sourced, never run.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# Prints the comment block at the top of the calling script: the help text lives in one place.
usage() {
  awk 'NR == 1 { next } /^#/ { sub(/^# ?/, ""); print; next } { exit }' "$0"
}

# Two cores and more: all of them. Little memory: one job per 1.5 GB, since a Beast unit takes about one.
jobs() {
  local cores memory_kb by_memory
  cores=$(nproc)
  memory_kb=$(awk '/MemTotal/ { print $2 }' /proc/meminfo)
  by_memory=$((memory_kb / 1500000))
  if ((by_memory < 1)); then by_memory=1; fi
  if ((cores < by_memory)); then echo "$cores"; else echo "$by_memory"; fi
}

# configure PRESET [-DNAME=VALUE …]: only when the preset has never been configured; ninja re-runs CMake by itself
# when a CMake file changes.
configure() {
  local preset=$1
  shift
  if [[ ! -f $root/build/$preset/build.ninja || $# -gt 0 ]]; then
    (cd "$root" && cmake --preset "$preset" "$@" >"/tmp/parley-configure-$$.log" 2>&1) || {
      cat "/tmp/parley-configure-$$.log" >&2
      rm -f "/tmp/parley-configure-$$.log"
      die "configuring the preset $preset failed; is everything of scripts/setup installed?"
    }
    rm -f "/tmp/parley-configure-$$.log"
  fi
}
