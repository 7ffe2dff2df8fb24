#!/usr/bin/env bash
# Starts a real one-node cluster, runs test/real/run.ts against it, ends it.
#
#   test/real/testbed.sh [arguments of run.ts]
#   test/real/testbed.sh --build    only what a run needs: says why it cannot run here, or builds the cluster's binaries
#
# The testbed is not part of this repository: TESTBED names its folder, by default ../shared/testbed beside the checkout.
# Exit status: that of the run; 77 = it cannot run here, and standard error says why.
#
#   TESTBED_BUILD=never   do not build the cluster's binaries where they are missing (9 to 14 minutes, once a machine)
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CHECKOUT=$(cd "$HERE/../.." && pwd)
TESTBED=${TESTBED:-$CHECKOUT/../shared/testbed}

cannot() {
  printf '\n!! THE REAL CLUSTER DID NOT RUN: %s\n\n' "$*" >&2
  exit 77
}

if [[ ${1:-} != --inside ]]; then
  [[ -x $TESTBED/up.sh ]] || cannot "no testbed in ${TESTBED/#$CHECKOUT/.} (set TESTBED)"
  [[ $(id -u) == 0 ]] || cannot 'the kubelet and containerd need root'
  unshare --net true 2> /dev/null || cannot 'no network namespaces here (unshare --net)'
  unshare --net bash -c 'ip link add eth0 type veth peer name uplink' 2> /dev/null || cannot 'no veth devices here'
  for program in kubectl runc docker-registry skopeo openssl python3 ip prometheus; do
    command -v "$program" > /dev/null || cannot "$program is missing (the packages are in $TESTBED/README.md)"
  done
  sum=$(cd "$TESTBED" && cat src/*/go.mod src/*/go.sum $(find src -name '*.go' | sort) | sha256sum | cut -c1-16)
  built=${BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/pullmedic-testbed/$sum}
  if [[ ! -f $built/.complete ]]; then
    [[ ${TESTBED_BUILD:-} != never ]] || cannot 'its binaries are not built, and TESTBED_BUILD=never'
    command -v go > /dev/null || cannot 'its binaries are not built, and there is no Go'
    echo 'building the cluster: 9 to 14 minutes, once a machine' >&2
  fi
  if [[ ! -f $built/.complete ]]; then
    log=$(mktemp)
    trap 'kill "${build:-}" 2> /dev/null || true; rm -f "$log"; cannot "the build of its binaries was ended"' INT TERM
    "$TESTBED/build.sh" > /dev/null 2> "$log" & build=$!
    wait "$build" || { tail -n 15 "$log" >&2; rm -f "$log"; cannot 'its binaries could not be built: see above'; }
    rm -f "$log"
    trap - INT TERM
  fi
  [[ ${1:-} != --build ]] || exit 0
  exec "$TESTBED/isolated.sh" "$HERE/testbed.sh" --inside "$@"
fi
shift

BUILT=$("$TESTBED/build.sh")
export ROOT=${ROOT:-$(mktemp -d "${TMPDIR:-/tmp}/pullmedic-e2e.XXXXXX")}
mkdir -p "$ROOT/bin"

# The second cluster: an API server and its controllers, no node.
SECOND=$ROOT/second

down() {
  local status=$?
  trap - EXIT
  # Cleaning up is not interrupted.
  trap '' INT TERM
  local pid
  for pid in ${run:-} ${up:-} ${dns:-}; do kill "$pid" 2> /dev/null || true; done
  # A signal ends only the wait: the run still has to close what it started.
  for pid in ${run:-} ${up:-}; do while kill -0 "$pid" 2> /dev/null; do wait "$pid" || true; done; done
  ROOT=$SECOND BIN=$BUILT "$TESTBED/down.sh" || true
  BIN=$BUILT "$TESTBED/down.sh" || true
  exit "$status"
}
trap down EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The same binaries, some with more arguments: an audit log, room for more pods than a node's usual 110, ports that the
# second cluster does not share with the first.
mkdir -p "$SECOND.bin"
for file in "$BUILT"/*; do ln -sf "$file" "$ROOT/bin/" && ln -sf "$file" "$SECOND.bin/"; done
cat > "$ROOT/audit-policy.yaml" << END
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
    userGroups: ['system:serviceaccounts:pullmedic']
  - level: None
END
wrap() {
  local folder=$1 program=$2 more=$3
  rm -f "$folder/$program"
  printf '#!/bin/bash\nexec -a %s "%s" "$@" %s\n' "$program" "$BUILT/$program" "$more" > "$folder/$program"
  chmod +x "$folder/$program"
}
wrap "$ROOT/bin" kube-apiserver "--audit-policy-file=$ROOT/audit-policy.yaml --audit-log-path=$ROOT/audit.log"
wrap "$ROOT/bin" kubelet '--max-pods=240'
wrap "$SECOND.bin" kube-controller-manager '--secure-port=20257'
wrap "$SECOND.bin" kube-scheduler '--secure-port=20259'

# npm puts a real Node 24 there where the machine's is older.
export PATH=$CHECKOUT/node_modules/.bin:$ROOT/bin:$PATH
# Nothing leaves this network namespace; the name server that the node knows answers here that no such name exists.
server=$(awk '$1 == "nameserver" && $2 ~ /^[0-9.]+$/ {print $2; exit}' /etc/resolv.conf)
if [[ -n $server ]]; then
  case $server in 127.*) ;; *) ip addr add "$server/32" dev lo ;; esac
  node "$HERE/nxdomain.ts" "$server" & dns=$!
fi

export BIN=$ROOT/bin CONTAINERD_ROOT_SIZE=${CONTAINERD_ROOT_SIZE:-48m}

# In the background: a trap runs at once while bash waits, and only afterwards while it does the work itself.
"$TESTBED/up.sh" cluster >&2 & up=$!
wait "$up"
export KUBECONFIG=$ROOT/admin.kubeconfig
ROOT=$SECOND API_PORT=7443 ETCD_PORT=3379 BIN=$SECOND.bin "$TESTBED/up.sh" api >&2 & up=$!
wait "$up"
up=
copy() {
  skopeo --insecure-policy copy --quiet --src-tls-verify=false --dest-tls-verify=false \
    "docker://127.0.0.1:5000/$1" "docker://127.0.0.1:5000/$2"
}
copy library/nginx:1.27 library/nginx:latest
copy team/app:v1 web/storefront:v1.2.2
copy team/app:v1 web/storefront:v1.2.3
# A static busybox, for pre-pulling; Debian's package busybox-static.
helper=()
if [[ -x /bin/busybox ]] && ! ldd /bin/busybox > /dev/null 2>&1; then
  python3 "$TESTBED/mkimage.py" "$ROOT/images/busybox" --name tools/busybox:static --bin bin/busybox=/bin/busybox > /dev/null
  skopeo --insecure-policy copy --quiet --dest-tls-verify=false \
    "oci:$ROOT/images/busybox:static" docker://127.0.0.1:5000/tools/busybox:static
  # Nothing else pulls this one.
  skopeo --insecure-policy copy --quiet --src-tls-verify=false --dest-tls-verify=false --dest-creds puller:s3cret \
    docker://127.0.0.1:5000/team/app:v1 docker://127.0.0.1:5001/team/prepulled:v1
  helper=(--helper-image registry.example.com/tools/busybox:static)
fi
for remedy in roll-back correct-image statefulset daemonset pin-digest not-granted put-back; do
  copy team/app:v1 "web/remedy-$remedy:v1.2.2"
  copy team/app:v1 "web/remedy-$remedy:v1.2.3"
done

node --disable-warning=ExperimentalWarning "$HERE/run.ts" --registries testbed --registry-ca "$ROOT/registry-ca.pem" \
  "${helper[@]}" --image-store small --audit-log "$ROOT/audit.log" --second-cluster "$SECOND/admin.kubeconfig" "$@" &
run=$!
status=0
wait "$run" || status=$?
run=
exit "$status"
