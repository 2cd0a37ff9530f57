#!/bin/sh
# Installs subtune from a release: downloads the archive for this machine, compares its SHA-256 with the release's, and
# puts the program into ~/.local/bin. SUBTUNE_BIN names another folder.
set -eu

release=${SUBTUNE_RELEASE:-https://github.com/REPOSITORY/releases/download/TAG}
bin=${SUBTUNE_BIN:-$HOME/.local/bin}

fail() {
  echo "subtune: $1" >&2
  exit 1
}

case "$(uname -s) $(uname -m)" in
  "Linux x86_64") machine=x86_64 system=unknown-linux ;;
  "Linux aarch64" | "Linux arm64") machine=aarch64 system=unknown-linux ;;
  "Darwin x86_64") machine=x86_64 system=apple-darwin ;;
  "Darwin arm64") machine=aarch64 system=apple-darwin ;;
  *) fail "there is no program for $(uname -s) on $(uname -m); build it from its repository with cargo" ;;
esac
if [ "$system" = unknown-linux ]; then
  # musl's ldd names itself and fails
  if ldd --version 2>&1 | grep -qi musl; then system=$system-musl; else system=$system-gnu; fi
fi
archive=subtune-$machine-$system.tar.gz

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
fetch() { curl -fsSL --retry 3 "$release/$1" -o "$place/$1" || fail "$release/$1 could not be downloaded"; }
fetch SHA256SUMS
fetch "$archive"
cd "$place"
grep " \*\{0,1\}$archive\$" SHA256SUMS > expected || fail "SHA256SUMS does not name $archive"
if command -v sha256sum > /dev/null; then sum="sha256sum -c"; else sum="shasum -a 256 -c"; fi
$sum expected > /dev/null 2>&1 || fail "$archive has another SHA-256 than the release says; nothing was installed"
tar -xzf "$archive"
mkdir -p "$bin"
# a program that runs keeps its file
mv "subtune-$machine-$system/subtune" "$bin/.subtune.new"
mv "$bin/.subtune.new" "$bin/subtune"
echo "$("$bin/subtune" --version) is in $bin"
case ":$PATH:" in
  *":$bin:"*) ;;
  *) echo "$bin is not on your PATH: add it, or run $bin/subtune" ;;
esac
