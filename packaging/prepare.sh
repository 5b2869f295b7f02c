#!/bin/sh
# What the Debian root that runs Muster needs besides /opt/muster: a library of Node 26's that small images lack, and the user. As root.
set -eu
if ! ldconfig -p | grep -q libatomic.so.1; then
  apt-get -qq update
  apt-get -qq install -y --no-install-recommends libatomic1 > /dev/null
  rm -rf /var/lib/apt/lists/*
fi
if ! getent passwd muster > /dev/null; then
  groupadd --gid 10001 muster
  useradd --uid 10001 --gid muster --no-create-home --home-dir /var/lib/muster --shell /usr/sbin/nologin muster
fi
