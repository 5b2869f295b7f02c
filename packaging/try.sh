#!/bin/sh
# Uses what the steps of the Dockerfile lead to, in a bare Debian root: try.sh <tarball of the npm package> [root made by debootstrap].
# As root; needs debootstrap unless a root is given. What the unit leads to, on machines that systemd starts, is try-machines.sh.
set -eu
here=$(dirname "$(realpath "$0")")
root=${2:-}
made=
if [ -z "$root" ]; then
  made=$(mktemp -d)
  root=$made/root
fi
clear_up() {
  umount "$root/proc" 2> /dev/null || true
  [ -z "$made" ] || rm -rf --one-file-system "$made"
}
trap clear_up EXIT
inside() { chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C "$@"; }
as_muster() { inside MUSTER_DATA_DIR=/data setpriv --reuid=10001 --regid=10001 --clear-groups "$@"; }

echo '== build'
"$here/image.sh" "$1" "$root"
mount -t proc proc "$root/proc"
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
echo "== well"
