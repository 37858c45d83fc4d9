#!/bin/sh
# Writes the secrets that docker-compose.yml reads, each into a file of its own: sh infra/docker/generate-secrets.sh [folder]
# Needs nothing but a POSIX shell. Existing files are kept, so a rotation removes a file first (docs/operations/rotate-secrets.md).
set -eu

folder=${1:-${SECRETS_DIR:-secrets}}
umask 077
mkdir -p "$folder"
# Only the owner enters the folder. Inside a container, the files are mounted one by one, and uid 10001 reads them.
chmod 700 "$folder"

random_hex() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
# A random UUID (version 4).
random_uuid() { random_hex | sed 's/^\(.\{8\}\)\(.\{4\}\).\(.\{3\}\).\(.\{3\}\)\(.\{12\}\).*$/\1-\2-4\3-8\4-\5/'; }

write() {
  if [ -e "$folder/$1" ]; then
    echo "kept     $folder/$1"
    return
  fi
  printf '%s\n' "$2" >"$folder/$1"
  chmod 644 "$folder/$1"
  echo "written  $folder/$1"
}

# Values that two files share are read from the first one.
value_of() { cat "$folder/$1"; }

write admin-token "$(random_hex)"
write auditor-token "auditor=$(random_hex)"
write encryption-key "$(head -c 32 /dev/urandom | base64 | tr -d '\n')"
write installation-id "$(random_uuid)"
write eventstore-url "esdb://event-store:2113?tls=false"
write postgres-password "$(random_hex)"
write database-url "postgres://mission_control:$(value_of postgres-password)@postgres:5432/mission_control"
write nats-auth "user: mission_control, password: \"$(random_hex)\""
nats_password=$(value_of nats-auth | sed 's/.*"\(.*\)".*/\1/')
write nats-url "nats://mission_control:$nats_password@nats:4222"
write grafana-password "$(random_hex)"
echo "Keep a copy of $folder/encryption-key outside this machine: without it, no backup can be read."
