#!/bin/sh
# Make the passwords that compose.yaml needs, in deploy/secrets; those that are there stay as they are.
# Only their owner comes into the folder. The files in it are readable by all, since the containers' users,
# who get them one by one, are nobody's on this machine.
set -eu
cd "$(dirname "$0")/.."
umask 022
mkdir -p secrets/connectors secrets/notify secrets/actions secrets/privacy
chmod 700 secrets

make() {
    if [ ! -s "secrets/$1" ]; then
        od -An -N24 -tx1 /dev/urandom | tr -d ' \n' > "secrets/$1.new"
        mv "secrets/$1.new" "secrets/$1" # whole or not at all
        echo "made secrets/$1"
    fi
}

# By this key who was forgotten is known. It is made before the rest and never later: another one would know nobody.
if [ ! -e secrets/clickhouse_password ]; then
    make privacy/VIGIE_PRIVACY__FORGET_KEY
fi
for role in "" ingest_ board_ canary_ admin_; do
    make "clickhouse_${role}password"
done
make board_password
make grafana_admin_password
