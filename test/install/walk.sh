#!/usr/bin/env bash
# Walks through the README's installation as a new user would: every command of it, on a real one-node cluster and against
# moto in AWS's place.
#
# The testbed is not part of this repository: TESTBED names its folder, by default ../shared/testbed beside the checkout.
# Exit status: 0 every command did what the README says, 1 one did not, 77 it cannot run here, and standard error says why.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CHECKOUT=$(cd "$HERE/../.." && pwd)
TESTBED=${TESTBED:-$CHECKOUT/../shared/testbed}
export PATH=$CHECKOUT/node_modules/.bin:$PATH

if [[ ${1:-} != --inside ]]; then
  TESTBED=$TESTBED "$CHECKOUT/test/real/testbed.sh" --build
  exec "$TESTBED/isolated.sh" "$HERE/walk.sh" --inside
fi

BIN=$("$TESTBED/build.sh")
ROOT=${ROOT:-$(mktemp -d "${TMPDIR:-/tmp}/pullmedic-walk.XXXXXX")}
export BIN ROOT

down() {
  local status=$? pid
  trap - EXIT
  trap '' INT TERM
  for pid in ${run:-} ${up:-}; do kill "$pid" 2> /dev/null || true; done
  for pid in ${run:-} ${up:-}; do while kill -0 "$pid" 2> /dev/null; do wait "$pid" || true; done; done
  "$TESTBED/down.sh" || true
  exit "$status"
}
trap down EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

"$TESTBED/up.sh" cluster >&2 & up=$!
wait "$up"
up=
export KUBECONFIG=$ROOT/admin.kubeconfig
node --disable-warning=ExperimentalWarning "$HERE/walk.ts" & run=$!
status=0
wait "$run" || status=$?
run=
exit "$status"
