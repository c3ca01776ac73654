# Sourced by the other scripts: goes to the project's folder, and makes and enters its virtual environment.
set -euo pipefail
umask 022 # run as root, PostgreSQL's own user must be able to execute what is installed; secrets get their own modes
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DATA_DIR="${DATA_DIR:-.local}"
mkdir -p "$DATA_DIR"
DATA_DIR="$(cd "$DATA_DIR" && pwd)"

say() { printf '%s\n' "$*"; }

find_python() {
  local candidate
  for candidate in python3.11 python3.12 python3.13 python3; do
    if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  say "Python 3.11 or later was not found. Install it (Debian: apt-get install python3 python3-venv)." >&2
  return 1
}

# enter_venv FILE...: the active environment if there is one, else .local/venv; with the pinned packages of these files.
enter_venv() {
  local file venv="${VIRTUAL_ENV:-$PWD/.local/venv}"
  if [ ! -x "$venv/bin/python" ]; then
    say "Making the virtual environment in ${venv#"$PWD"/}"
    "$(find_python)" -m venv "$venv"
  fi
  export VIRTUAL_ENV="$venv" PATH="$venv/bin:$PATH"
  unset PYTHONHOME
  for file in "$@"; do
    # The stamp is a copy of what was installed last.
    cmp -s "$file" "$venv/installed-$file" && continue
    say "Installing the pinned packages of $file"
    python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$file"
    cp "$file" "$venv/installed-$file"
  done
}

# Everything that the running system needs besides its data: packages, browser assets, compiled translations.
prepare() {
  enter_venv requirements.txt
  python script/assets.py
  local source
  for source in locale/*/LC_MESSAGES/django.po; do
    [ -f "$source" ] || continue
    [ "${source%.po}.mo" -nt "$source" ] && continue
    say "Compiling the translations"
    pybabel --quiet compile -i "$source" -o "${source%.po}.mo"
  done
}
