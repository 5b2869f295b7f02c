#!/bin/sh
# Makes a Debian root with Muster in it, by the steps of the Dockerfile, where no container engine is needed:
# image.sh <tarball of the npm package> <root> [more Debian packages]. As root; a root that debootstrap made already is used as it is.
set -eu
here=$(dirname "$(realpath "$0")")
tarball=$(realpath "$1")
root=$2
more=${3:-}
[ -e "$root/etc/debian_version" ] ||
  debootstrap --variant=minbase --include="ca-certificates${more:+,$more}" bookworm "$root" > /dev/null
root=$(realpath "$root")
# nothing here needs to outlive a crash
echo force-unsafe-io > "$root/etc/dpkg/dpkg.cfg.d/unsafe-io"
trap 'umount "$root/proc" 2> /dev/null || true' EXIT
mount -t proc proc "$root/proc"
cp /etc/resolv.conf "$root/etc/resolv.conf"
# what this machine trusts and asks, e.g. behind a proxy
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
inside() { chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@"; }

inside sh -c 'apt-get -qq update && apt-get -qq install -y --no-install-recommends nodejs npm > /dev/null'
cp "$tarball" "$root/tmp/muster.tgz"
cp "$here/prepare.sh" "$here/install.sh" "$root/tmp/"
inside /tmp/prepare.sh
inside npm_config_registry="$(npm config get registry)" NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
  npm_config_cafile=/etc/ssl/certs/ca-certificates.crt /tmp/install.sh /tmp/muster.tgz
# what npm needed goes: Node comes along with the package
inside sh -c 'apt-get -qq purge -y nodejs npm > /dev/null && apt-get -qq autoremove -y > /dev/null'
rm "$root/tmp/muster.tgz"
echo "== an image of $(du -sm "$root" | cut -f1) MB, of which /opt/muster has $(du -sm "$root/opt/muster" | cut -f1)"
