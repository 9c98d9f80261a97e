#!/bin/sh
# Make the passwords that compose.yaml needs, in deploy/secrets; those that are there stay as they are.
# Only their owner comes into the folder. The files in it are readable by all, since the containers' users,
# who get them one by one, are nobody's on this machine.
set -eu
cd "$(dirname "$0")/.."
umask 022
mkdir -p secrets/connectors secrets/notify secrets/actions
chmod 700 secrets
for name in clickhouse_password grafana_clickhouse_password grafana_admin_password; do
    if [ ! -s "secrets/$name" ]; then
        od -An -N24 -tx1 /dev/urandom | tr -d ' \n' > "secrets/$name"
        echo "made secrets/$name"
    fi
done
