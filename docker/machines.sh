#!/bin/sh
# Whether the image can be built for amd64 and arm64: every package of constraints.txt has a wheel for
# both, so that nothing is compiled. Needs a way to the package index; builds nothing.
set -eu
cd "$(dirname "$0")"
scratch=$(mktemp -d); trap 'rm -rf "$scratch"' EXIT
for machine in x86_64 aarch64; do
  ${PYTHON:-python3} -m pip download --quiet --no-deps --only-binary=:all: --implementation cp --python-version 3.12 \
    --platform "manylinux2014_$machine" --platform "manylinux_2_28_$machine" \
    --dest "$scratch/$machine" --requirement constraints.txt
  echo "$machine: $(ls "$scratch/$machine" | wc -l) wheels"
done
