#!/bin/sh
# Two nodes of the package on one PostgreSQL and one NATS: a CA that is registered at one, a device that first comes to the other (JITP),
# a message across, and what is left when a node is gone.   try-nodes.sh <root that image.sh made>
# As root; needs postgresql, nats-server, aws, openssl, mosquitto_pub and _sub. All of it listens in a network namespace of its own.
set -eu
here=$(dirname "$(realpath "$0")")
if [ -z "${OUTSIDE:-}" ]; then
  work=$(mktemp -d)
  trap 'rm -rf --one-file-system "$work"' EXIT
  chown postgres "$work"
  OUTSIDE=yes unshare --net --pid --mount-proc --fork --kill-child "$0" "$(realpath "$1")" "$work"
  exit
fi

opt=$1/opt/muster/node_modules
work=$2
ip link set lo up
cd "$work"
unset AWS_PROFILE AWS_SESSION_TOKEN
as_user() { setpriv --reuid=postgres --regid=postgres --clear-groups env -u XDG_CONFIG_HOME HOME="$work" TMPDIR="$work" "$@"; }
muster() { as_user "$opt/node/bin/node" "$opt/muster-iot/bin/muster.js" "$@"; }

echo '== PostgreSQL, NATS, and a key'
programs=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
as_user "$programs/initdb" --pgdata=database --auth=trust --encoding=UTF8 --locale=C > made
as_user "$programs/pg_ctl" --pgdata=database --log=database.log --wait --options="-k $work -h 127.0.0.1" start > /dev/null
as_user createdb --host=127.0.0.1 muster
as_user nats-server --addr 127.0.0.1 > nats.log 2>&1 &
head -c 32 /dev/urandom > cluster.key
chown postgres cluster.key
chmod 600 cluster.key
# node NAME API MQTT HTTPS
node() {
  muster start --data-dir "$work/$1" --node-name "$1" --api-port "$2" --mqtt-port "$3" --https-port "$4" --cluster-key-file cluster.key \
    --nats nats://127.0.0.1:4222 --database 'postgres://postgres@127.0.0.1/muster' > "$1.log" 2>&1 &
}

echo '== two nodes of the package'
node a 9081 8883 8443
node_a=$!
node b 9082 8884 8444
node_b=$!
until_ready() {
  until muster ready --data-dir "$work/$1" > ready 2> /dev/null; do
    kill -0 "$2" || { cat "$1.log"; exit 1; }
    sleep 1
  done
  cat ready
}
until_ready a $node_a
until_ready b $node_b
muster cluster status --data-dir "$work/a"

echo '== a CA is registered at a, a device first comes to b'
muster env --data-dir "$work/a" > env
. ./env
cp "$MUSTER_ROOT_CA" root.pem
. "$here/try-device.sh"
register_ca
certificate lamp-1 '/CN=lamp-1'
certificate lamp-2 '/CN=lamp-2'
as_device lamp-1 localhost 8884 mosquitto_sub -t lamps/1 -c -x 86400 -E
muster explain lamp-1 --data-dir "$work/b"

echo '== a message across: from a device at a to one at b, which is away, and then to it while it listens'
as_device lamp-2 localhost 8883 mosquitto_pub -t lamps/1 -m 'while you were away'
as_device lamp-1 localhost 8884 mosquitto_sub -t lamps/1 -c -x 86400 -C 2 -W 60 > heard & listener=$!
until grep -q away heard; do sleep 1; done
as_device lamp-2 localhost 8883 mosquitto_pub -t lamps/1 -m 'across'
wait $listener
cat heard
[ "$(cat heard)" = "$(printf 'while you were away\nacross')" ]

echo '== node a is killed; the device and its session go on at b'
as_device lamp-1 localhost 8883 mosquitto_sub -t lamps/1 -c -x 86400 -E
kill -KILL "$(pgrep --parent $node_a)"
until as_device lamp-2 localhost 8884 mosquitto_pub -t lamps/1 -m 'after a node' 2> /dev/null; do sleep 1; done
as_device lamp-1 localhost 8884 mosquitto_sub -t lamps/1 -c -x 86400 -C 1 -W 60 | tee heard
[ "$(cat heard)" = 'after a node' ]
while muster cluster status --data-dir "$work/b" > status; grep -q "^a  alive" status; do sleep 1; done
cat status
echo '== well'
