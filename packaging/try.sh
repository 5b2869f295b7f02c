#!/bin/sh
# Takes the steps of the Dockerfile in a bare Debian root, where no container engine is needed, and uses what comes out:
# try.sh <tarball of the npm package> [root made by debootstrap]. As root; needs debootstrap unless a root is given.
set -eu
here=$(dirname "$(realpath "$0")")
tarball=$(realpath "$1")
root=${2:-}
made=
if [ -z "$root" ]; then
  made=$(mktemp -d)
  root=$made/root
  debootstrap --variant=minbase --include=ca-certificates bookworm "$root" > /dev/null
fi
clear_up() {
  umount "$root/proc" 2> /dev/null || true
  [ -z "$made" ] || rm -rf "$made"
}
trap clear_up EXIT
mount -t proc proc "$root/proc"
cp /etc/resolv.conf "$root/etc/resolv.conf"
# what this machine trusts and asks, e.g. behind a proxy
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
registry=$(npm config get registry)
inside() { chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C "$@"; }
as_muster() { inside MUSTER_DATA_DIR=/data setpriv --reuid=10001 --regid=10001 --clear-groups "$@"; }

echo '== build'
inside DEBIAN_FRONTEND=noninteractive sh -c 'apt-get -qq update && apt-get -qq install -y --no-install-recommends nodejs npm > /dev/null'
cp "$tarball" "$root/tmp/muster.tgz"
cp "$here/prepare.sh" "$here/install.sh" "$root/tmp/"
inside DEBIAN_FRONTEND=noninteractive /tmp/prepare.sh
inside npm_config_registry="$registry" NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
  npm_config_cafile=/etc/ssl/certs/ca-certificates.crt /tmp/install.sh /tmp/muster.tgz
inside DEBIAN_FRONTEND=noninteractive sh -c 'apt-get -qq purge -y nodejs npm > /dev/null && apt-get -qq autoremove -y > /dev/null'
inside install -d -o muster -g muster -m 0700 /data

echo '== a tour, as the user muster, with the Node that came along'
as_muster env HOME=/tmp sh -c 'cd /tmp && muster tour' > "$root/tmp/tour"
tail -3 "$root/tmp/tour"

echo '== a server, its health check, a backup, another root for it, and the end'
as_muster sh -c '
  set -e
  cd /tmp
  ports="--api-port 0 --mqtt-port 0 --https-port 0"
  muster start $ports > /tmp/started & server=$!
  until muster ready 2> /dev/null; do kill -0 $server; sleep 1; done
  muster backup /tmp/try.backup
  kill $server; wait $server
  muster verify /tmp/try.backup
  muster restore /tmp/try.backup --data-dir /tmp/restored
  muster start $ports --data-dir /tmp/restored > /tmp/started & server=$!
  until muster ready --data-dir /tmp/restored 2> /dev/null; do kill -0 $server; sleep 1; done
  kill $server; wait $server
  rm -rf /tmp/restored /tmp/try.backup'
echo "== well; /opt/muster has $(du -sm "$root/opt/muster" | cut -f1) MB"
