#!/bin/sh
# Builds the programs of a Kubernetes control plane from Debian's source package, for the tests.
#
#   tools/kubernetes/build.sh [program …]      programs: kube-apiserver kube-controller-manager kube-scheduler (these
#                                              three if none is named) and kubelet
#
# Debian ships the source of the control plane, but no package with its programs. The build needs golang-go and
# dpkg-dev, and takes four to ten minutes of two cores. The programs stay in $KUBERNETES_PROGRAMS (by default
# ~/.cache/gitflow/kubernetes); a program that is there already is not built again.
set -eu

PACKAGE=kubernetes
VERSION=v1.20.2
SUITE="deb-src http://deb.debian.org/debian bookworm main"
KEYS=/usr/share/keyrings/debian-archive-keyring.gpg

cache=${KUBERNETES_PROGRAMS:-${XDG_CACHE_HOME:-$HOME/.cache}/gitflow/kubernetes}
[ $# -gt 0 ] || set -- kube-apiserver kube-controller-manager kube-scheduler
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9 # two builds at once would write the same files

missing=
for program; do
  [ -x "$cache/$program" ] || missing="$missing $program"
done
[ -n "$missing" ] || exit 0
for tool in go dpkg-source apt-get; do
  command -v $tool >/dev/null || {
    echo "$tool is missing; on Debian or Ubuntu: sudo apt-get install golang-go dpkg-dev" >&2
    exit 1
  }
done

# The list of sources is our own: the machine's stays as it is.
work=$cache/build
fetch() {
  rm -rf "$work"
  mkdir -p "$work/apt/lists/partial" "$work/apt/archives/partial" "$work/gopath/src/k8s.io"
  if [ -f $KEYS ]; then
    echo "$SUITE" | sed "s|deb-src|deb-src [signed-by=$KEYS]|" >"$work/apt/sources.list"
  else
    echo "$SUITE" >"$work/apt/sources.list"
  fi
  cat >"$work/apt/apt.conf" <<END
Dir::Etc::sourcelist "$work/apt/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::Lists "$work/apt/lists";
Dir::Cache "$work/apt";
APT::Sandbox::User "root";
END
  (
    cd "$work/apt"
    export APT_CONFIG="$work/apt/apt.conf"
    apt-get update -qq
    apt-get source --download-only -qq $PACKAGE
    dpkg-source -x ./*.dsc "$work/gopath/src/k8s.io/kubernetes"
  )
  touch "$work/fetched"
}
[ -f "$work/fetched" ] || fetch

export GOPATH="$work/gopath" GOCACHE="$work/gocache" GO111MODULE=off GOFLAGS=-trimpath CGO_ENABLED=0
tree=$GOPATH/src/k8s.io/kubernetes
cd "$tree"

# The one generated file that the source does not have: the schemas of the objects that the server stores.
if [ ! -s pkg/generated/openapi/zz_generated.openapi.go ]; then
  go build -o "$work/openapi-gen" k8s.io/kubernetes/vendor/k8s.io/code-generator/cmd/openapi-gen
  packages=$(cd staging/src &&
    grep -rl '^// +k8s:openapi-gen=true' --include='*.go' \
      k8s.io/api k8s.io/apimachinery k8s.io/apiextensions-apiserver/pkg/apis k8s.io/kube-aggregator/pkg/apis |
    xargs -n 1 dirname | LC_ALL=C sort -u | sed 's|^|k8s.io/kubernetes/vendor/|' | paste -sd, -)
  "$work/openapi-gen" --input-dirs "$packages" --output-package k8s.io/kubernetes/pkg/generated/openapi \
    --output-file-base zz_generated.openapi --output-base "$GOPATH/src" \
    --go-header-file hack/boilerplate/boilerplate.generatego.txt --report-filename "$work/openapi-report"
fi

flags=
for package in k8s.io/kubernetes/vendor/k8s.io/component-base/version k8s.io/kubernetes/vendor/k8s.io/client-go/pkg/version; do
  flags="$flags -X $package.gitVersion=$VERSION -X $package.gitMajor=1 -X $package.gitMinor=20 -X $package.gitTreeState=clean"
done
for program in $missing; do
  echo "building $program $VERSION" >&2
  go build -ldflags "-s -w $flags" -o "$work/$program" k8s.io/kubernetes/cmd/"$program"
  mv "$work/$program" "$cache/$program" # whole, or not there
done
[ -n "${KEEP_BUILD:-}" ] || { chmod -R u+w "$work" && rm -rf "$work"; }
