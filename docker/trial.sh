#!/usr/bin/env bash
# Tries the containers for real and ends with the times it took. Everything is removed afterwards.
#
#   docker/trial.sh [--single] [--cluster] [--embedded] [--converter] [IMAGE...]
#
#   --single     RabbitMQ and the Hub: the demonstration, the behaviour suite, RabbitMQ restarted
#                under load
#   --cluster    three nodes: the same, and twice the node killed under load that leads
#   --embedded   the Hub alone: the demonstration, the behaviour suite
#   --converter  a message that a (stand-in) conversion service converts
#
# Without a mode all of them; single and cluster with each image, by default
# rabbitmq:3.13-management and rabbitmq:4-management, the others with the first. Needs docker with
# compose 2, and the suite installed in .venv (make test). Other ports than the usual ones:
# HUBEMU_PORT, HUBEMU_PORT_2, HUBEMU_PORT_3, HUBEMU_HTTP_PORT. Another user than yourself (as root):
# HUBEMU_UID, HUBEMU_GID.
set -euo pipefail
cd "$(dirname "$0")/.."

modes=()
while [[ "${1:-}" == --* ]]; do
  case $1 in
    --single | --cluster | --embedded | --converter) modes+=("${1#--}") ;;
    *) sed -n '2,/^set/{/^#/s/^# \?//p}' "$0" >&2; exit 2 ;;
  esac
  shift
done
[ ${#modes[@]} -gt 0 ] || modes=(single cluster embedded converter)
[ $# -gt 0 ] || set -- rabbitmq:3.13-management rabbitmq:4-management
images=("$@")

export COMPOSE_PROJECT_NAME=hubemu-trial
export HUBEMU_UID=${HUBEMU_UID:-$(id -u)} HUBEMU_GID=${HUBEMU_GID:-$(id -g)}
scratch=$(mktemp -d)
chmod 755 "$scratch"
export HUBEMU_FOLDER=$scratch/home HUBEMU_ROUTING=$scratch/routing
export HUBEMU_TEST_HTTP_PORT=${HUBEMU_HTTP_PORT:-8671}
one=${HUBEMU_PORT:-5671} three=$one,${HUBEMU_PORT_2:-5672},${HUBEMU_PORT_3:-5673}
times=()

# The suite waits for a time-to-live on one vHost; there it is two seconds.
cp -r routing "$HUBEMU_ROUTING"
sed -i 's/15-gps_v1.3: {/&ttl: 2, /' "$HUBEMU_ROUTING/vhosts.yaml"

compose() { docker compose --profile cluster --profile embedded --profile converter "$@"; }
cleared() {
  compose down --volumes --timeout 3 >/dev/null 2>&1
  rm -rf "$HUBEMU_FOLDER"
}
ended() {
  local code=$?
  [ $code = 0 ] || compose logs --no-color --tail 15 >&2
  cleared
  rm -rf "$scratch"
}
trap ended EXIT

failed() { echo "trial: $*" >&2; exit 1; }
timed() { # timed WORDS COMMAND...: run it and keep how long it took
  local start=$SECONDS
  "${@:2}"
  times+=("$(printf '%-66s %4d s' "$what: $1" $((SECONDS - start)))")
}
up() {
  mkdir -p "$HUBEMU_FOLDER"
  compose up --build --wait "$@"
  # Asked again, with all of it up, it has nothing to do and says so.
  compose up --wait "$@"
}
inside() { compose exec -T "$hub" "$@"; }
demo() { inside hubemu demo --lang en --home /home/hubemu/.hubemu; }
suite() { HUBEMU_TEST_HOME=$HUBEMU_FOLDER .venv/bin/python -m pytest -q tests/hub; }
kept() { .venv/bin/python docker/nothing_lost.py "$HUBEMU_FOLDER" "$@"; }

confined() { # only loopback is published, the token is wanted, the user is right, the root file system is shut
  local published
  published=$(docker ps --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" \
    --format '{{.Ports}}' | tr ',' '\n' | grep -e '->' | grep -vE '^ *127\.0\.0\.1:' || true)
  [ -z "$published" ] || failed "published beyond loopback: $published"
  local http=http://127.0.0.1:$HUBEMU_TEST_HTTP_PORT/health token=$HUBEMU_FOLDER/http-token
  [ "$(curl -s -o /dev/null -w '%{http_code}' "$http")" = 401 ] || failed "$http wants no token"
  curl -fsS -o /dev/null -H "Authorization: Bearer $(cat "$token")" "$http"
  [ "$(stat -c %a "$token")" = 600 ] || failed "others can read $token"
  inside hubemu health
  [ "$(inside id -u)" = "$HUBEMU_UID" ] || failed "the Hub's user is not $HUBEMU_UID"
  ! inside touch /opt/hubemu/x 2>/dev/null || failed "the Hub's root file system can be written"
  docker stats --no-stream --format '{{.Name}}: {{.MemUsage}}' $(compose ps -q)
}
tells() { # what clients were refused in the suite can be read
  local told
  told=$(inside hubemu logs --level refused)
  grep -q 'own id' <<<"$told" || failed "hubemu logs tells of no refused routing key: $told"
}
stops() { # the Hub ends by itself, and soon
  local container start
  container=$(compose ps -q "$hub") start=$(date +%s%N)
  docker stop "$container" >/dev/null
  local took=$((($(date +%s%N) - start) / 1000000))
  [ $took -lt 5000 ] || failed "the Hub took $took ms to stop"  # docker kills after 10 s
  [ "$(docker inspect -f '{{.State.ExitCode}}' "$container")" = 0 ] || failed "the Hub did not stop well"
  times+=("$(printf '%-66s %4d ms' "$what: the Hub stops" $took)")
}

single() {
  hub=hub HUBEMU_TEST_PORTS=$one
  timed 'up --build --wait' up hub
  confined
  demo
  timed 'behaviour suite' suite
  tells
  timed 'RabbitMQ restarted under load' kept docker restart "$(compose ps -q rabbitmq)"
  stops
}

leader() { # leader NODE: the node that leads the dispatcher's queue, asked of NODE
  compose exec -T "$1" rabbitmqctl -q list_queues -p 15-15_v2.0 name leader |
    awk '$1 == "dispatch" { sub("rabbit@", "", $2); print $2 }'
}
everywhere() { # each queue of each vHost has three members
  local alone
  alone=$(compose exec -T rabbitmq-1 sh -c 'for vhost in $(rabbitmqctl -q list_vhosts --no-table-headers); do
    rabbitmqctl -q list_queues --no-table-headers -p "$vhost" name members; done' |
    grep -vcE '\[rabbit@[^,]*, *rabbit@[^,]*, *rabbit@[^,]*\]' || true)
  [ "$alone" = 0 ] || failed "$alone queues lack a member"
}
killed() { # killed NODE: its leader, asked of it, is killed under load and comes back
  local node
  node=$(leader "$1")
  timed "$node, the leader, killed under load" kept docker kill "$(compose ps -aq "$node")"
  compose up --wait "$node"
  killed_one=$node
}
cluster() {
  hub=cluster-hub HUBEMU_TEST_PORTS=$three
  timed 'up --build --wait' up cluster-hub
  confined
  everywhere
  demo
  timed 'behaviour suite' suite
  tells
  killed rabbitmq-1
  killed "$killed_one"
  timed 'afterwards: behaviour suite of exchanges' exchanges
  stops
}
exchanges() { HUBEMU_TEST_HOME=$HUBEMU_FOLDER .venv/bin/python -m pytest -q tests/hub/test_hub_exchange.py; }

embedded() {
  hub=embedded HUBEMU_TEST_PORTS=$one
  timed 'up --build --wait' up embedded
  confined
  demo
  timed 'behaviour suite' suite
  tells
  stops
}

converter() {
  hub=hub HUBEMU_TEST_PORTS=$one
  export HUBEMU_OPTIONS='--converter http://converter:8080'
  export HUBEMU_CONVERTER_CHECKOUT=${HUBEMU_CONVERTER_CHECKOUT:-./docker/stand_in_converter}
  timed 'up --build --wait' up converter hub
  unset HUBEMU_OPTIONS
  local vhost=15-nexsis_v1.9.1 sdis=fr.fire.nexsis.sdisZ
  inside sh -ec "hubemu models example RS-EDA --vhost $vhost >/tmp/case.json
    hubemu send --as fr.health.samuA --vhost $vhost --to $sdis --fresh /tmp/case.json"
  inside hubemu listen --as $sdis --vhost $vhost --ack --count 1 --timeout 10 --json |
    grep -q '"createCase"' || failed "what sdisZ received is not what the service made"
  stops
}

no_secrets() { # keys and key stores are made in a home, never in the image
  local found
  found=$(docker run --rm --user 0 --entrypoint find "${HUBEMU_IMAGE:-hubemu}" / \( -path /proc -o -path /sys \) -prune \
    -o \( -name '*.key' -o -name '*.p12' -o -name '*.jks' -o -name 'pip.conf' -o -name '.env' \) -print)
  [ -z "$found" ] || failed "the image holds $found"
  docker image inspect -f 'the image: {{.Size}} bytes' "${HUBEMU_IMAGE:-hubemu}"
}

export HUBEMU_TEST_PORTS HUBEMU_RABBITMQ_IMAGE
for mode in "${modes[@]}"; do
  case $mode in single | cluster) with=("${images[@]}") ;; *) with=("${images[0]}") ;; esac
  for HUBEMU_RABBITMQ_IMAGE in "${with[@]}"; do
    what="$mode: $HUBEMU_RABBITMQ_IMAGE"
    [ "$mode" != embedded ] || what=$mode
    "$mode"
    cleared
  done
done
no_secrets
printf '%s\n' "${times[@]}"
