#!/bin/sh
# The life of a server, on machines that systemd starts: the package installed, the unit started, a device onboarded, a backup, the machine
# thrown away, a restore on another, where the same device connects and its story is still told.
#   try-machines.sh <tarball of the npm package> [root made by debootstrap with systemd, dbus]
# As root; needs debootstrap, systemd-nspawn, ip, aws, openssl, mosquitto_pub and _sub. Takes minutes, most of them the installation.
# The machines are containers of systemd-nspawn, each with a network of its own to the "outside", where the device and the operator are:
# a network namespace of this script alone, so that nothing here listens where anybody else could connect.
set -eu
here=$(dirname "$(realpath "$0")")
name=iot.muster.test
if [ -z "${OUTSIDE:-}" ]; then
  tarball=$(realpath "$1")
  work=$(mktemp -d)
  trap 'rm -rf --one-file-system "$work"' EXIT
  image=${2:-$work/image}
  echo '== the package installed in a bare Debian root'
  [ -e "$image/opt/muster" ] || "$here/image.sh" "$tarball" "$image" systemd,systemd-sysv,dbus
  cp "$here/muster.service" "$image/etc/systemd/system/muster.service"
  mkdir -p "$image/etc/muster"
  printf 'MUSTER_ENDPOINT=%s\nMUSTER_HOST=0.0.0.0\nMUSTER_API_TLS=muster\n' $name > "$image/etc/muster/muster.env"
  chroot "$image" systemd-analyze verify --man=no muster.service
  chroot "$image" systemd-analyze security --offline=true muster.service | tail -1
  OUTSIDE=yes unshare --mount --net "$0" "$(realpath "$image")" "$work"
  exit
fi

image=$1
work=$2
ip link set lo up
printf '127.0.0.1 localhost\n' > "$work/hosts"
mount --bind "$work/hosts" /etc/hosts
cd "$work"
machine= leader= shell=
# boot MACHINE ADDRESS: a copy of the image, started by systemd; what is asked for by its name leads to it from now on
boot() {
  machine=$1
  cp -a --reflink=auto "$image" "$work/$machine"
  systemd-nspawn --quiet --register=no --keep-unit --directory="$work/$machine" --network-veth --console=pipe --boot \
    > "$work/$machine.console" 2>&1 < /dev/null & shell=$!
  until leader=$(pgrep --parent $shell) && [ "$(nsenter -t "$leader" -a systemctl is-system-running 2> /dev/null)" = running ]; do
    kill -0 $shell
    sleep 1
  done
  ip address add 10.87.0.1/24 dev "ve-$machine"
  ip link set "ve-$machine" up
  nsenter -t "$leader" -n sh -c "ip address add $2/24 dev host0 && ip link set host0 up"
  printf '127.0.0.1 localhost\n%s %s\n' "$2" $name > "$work/hosts"
}
# on PROGRAM ARGUMENTS: at the machine, as root; as_muster: as the server's user
on() { nsenter -t "$leader" -a env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C "$@"; }
as_muster() { on MUSTER_DATA_DIR=/var/lib/muster setpriv --reuid=muster --regid=muster --clear-groups "$@"; }
throw_away() {
  kill -KILL "$leader"
  wait $shell || true
  rm -rf --one-file-system "${work:?}/$machine"
}
trap '[ -z "$machine" ] || throw_away 2> /dev/null' EXIT
unit_is() { on systemctl show muster --property=Type,ActiveState,SubState,StatusText,NRestarts,User | tr '\n' ' '; echo; }

echo '== a machine; the unit enabled and started'
boot one 10.87.0.2
on systemctl enable --quiet --now muster
unit_is
as_muster muster ready
on systemd-analyze security muster | tail -1

echo '== from outside: a CA with a template, by aws; a device, by JITP'
as_muster sh -c 'eval "$(muster env)" && cat "$MUSTER_ROOT_CA"' > root.pem
as_muster muster env | sed "s|https://[^:']*:|https://$name:|" > env
unset AWS_PROFILE AWS_SESSION_TOKEN
eval "$(cat env)"
export AWS_CA_BUNDLE="$work/root.pem" NO_PROXY=$name no_proxy=$name
. "$here/try-device.sh"
register_ca
certificate lamp-1 '/CN=lamp-1'
device() { as_device lamp-1 $name 8883 "$@"; }
# its first connection; what is published for it afterwards waits in its session
device mosquitto_sub -t lamps/1 -c -x 86400 -E
printf 'before the backup' > message
aws iot-data publish --endpoint-url "https://$name:9080" --topic lamps/1 --qos 1 --payload fileb://message
aws iot describe-thing --thing-name lamp-1 --query thingName --output text
as_muster muster explain lamp-1 | tee explained

echo '== the machine restarts its server after a kill; then a backup, and the machine is thrown away'
on systemctl kill --signal=KILL muster
until [ "$(on systemctl show muster --property=NRestarts --value)" = 1 ] && [ "$(on systemctl is-active muster)" = active ]; do sleep 1; done
unit_is
as_muster muster backup /var/tmp/today.backup
cp "$work/one/var/tmp/today.backup" today.backup
throw_away
[ ! -e one ] && ! device mosquitto_pub -t lamps/1 -m 'is anybody there?' 2> /dev/null

echo '== another machine; the backup restored there'
boot two 10.87.0.3
install -m 0644 today.backup two/root/today.backup
on install -d -o muster -g muster -m 0700 /var/lib/muster
on install -o muster -g muster -m 0600 /root/today.backup /var/tmp/today.backup
as_muster muster verify /var/tmp/today.backup
as_muster muster restore /var/tmp/today.backup --data-dir /var/lib/muster
on systemctl enable --quiet --now muster
unit_is

echo '== the same device connects to the same name, and gets what waited for it'
device mosquitto_sub -t lamps/1 -c -x 86400 -C 1 -W 30 | tee heard
[ "$(cat heard)" = 'before the backup' ]
as_muster muster explain lamp-1 | tee explained-again
echo '== what was told before is told still, and more'
# each decision has a line that begins with its time
grep '^  2' explained > story
! grep -F -x -v -f explained-again story
[ "$(grep -c '^  2' explained-again)" -gt "$(wc -l < story)" ]
on systemctl stop muster
on journalctl --unit=muster --no-pager --output=cat | tail -5
echo '== well'
