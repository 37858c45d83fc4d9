#!/bin/sh
# Starts a scavenge of the event store every day at SCAVENGE_AT (HH:MM, UTC). `--once` starts one now and ends.
# EVENT_STORE_HTTP_URL is the server, with user and password if it has users.
set -eu

seconds_until() {
  hour=${1%:*}
  minute=${1#*:}
  at=$((${hour#0} * 3600 + ${minute#0} * 60))
  now=$(($(date -u +%s) % 86400))
  wait=$(((at - now + 86400) % 86400))
  [ "$wait" -gt 0 ] || wait=86400
  echo "$wait"
}

scavenge() {
  if answer=$(curl --fail --silent --show-error --request POST --header 'Content-Length: 0' "$EVENT_STORE_HTTP_URL/admin/scavenge" 2>&1); then
    echo "scavenge started: $answer"
  else
    echo "scavenge not started: $answer"
    return 1
  fi
}

: "${EVENT_STORE_HTTP_URL:?is missing. Example: EVENT_STORE_HTTP_URL=http://event-store:2113}"
if [ "${1:-}" = --once ]; then
  scavenge
  exit
fi
case ${SCAVENGE_AT:=03:30} in
  [01][0-9]:[0-5][0-9] | 2[0-3]:[0-5][0-9]) ;;
  *)
    echo "SCAVENGE_AT must be HH:MM (UTC). Example: SCAVENGE_AT=03:30" >&2
    exit 1
    ;;
esac
while :; do
  wait=$(seconds_until "$SCAVENGE_AT")
  echo "next scavenge in $wait s, at $SCAVENGE_AT UTC"
  sleep "$wait"
  # One that fails is tried again the next day.
  scavenge || :
done
