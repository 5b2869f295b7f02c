#!/bin/sh
# Installs Muster on Debian or its kin: install.sh <tarball of the npm package>, as root.
# The program goes to /opt/muster, the command to /usr/local/bin. Node comes with the package; npm is needed here alone,
# not where it runs. prepare.sh comes first.
set -eu
tarball=$(realpath "$1")
prefix=/opt/muster

mkdir -p "$prefix"
npm install --prefix "$prefix" --omit=dev --no-audit --no-fund --no-package-lock --loglevel=error "$tarball"
# headers and pages for who builds with Node
for extra in include share; do
  rm -rf "$prefix"/node_modules/node/node_modules/node-*/"$extra" "$prefix/node_modules/node/$extra"
done
chmod -R a+rX "$prefix"
cat > /usr/local/bin/muster <<'COMMAND'
#!/bin/sh
exec /opt/muster/node_modules/node/bin/node /opt/muster/node_modules/muster-iot/bin/muster.js "$@"
COMMAND
chmod 755 /usr/local/bin/muster
muster --version
