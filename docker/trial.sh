#!/usr/bin/env bash
# Tries the containers for real: for each RabbitMQ image, `docker compose up --build --wait`, the
# behaviour suite, a restart of RabbitMQ, then everything removed. Ends with the times it took.
#
#   docker/trial.sh [IMAGE...]          (rabbitmq:3.13-management rabbitmq:4-management)
#   docker/trial.sh --cluster [IMAGE...]   three nodes, the leader's node killed under load
#
# Needs docker with compose 2, and the suite installed in .venv (make test). Other ports than the
# usual ones: HUBEMU_PORT, HUBEMU_HTTP_PORT.
set -euo pipefail
cd "$(dirname "$0")/.."

mode=single
if [ "${1:-}" = --cluster ]; then mode=cluster; shift; fi
[ $# -gt 0 ] || set -- rabbitmq:3.13-management rabbitmq:4-management

export COMPOSE_PROJECT_NAME=hubemu-trial
HUBEMU_UID=$(id -u) HUBEMU_GID=$(id -g)
scratch=$(mktemp -d)
export HUBEMU_UID HUBEMU_GID HUBEMU_FOLDER=$scratch/home HUBEMU_ROUTING=$scratch/routing
hub=hub services=(hub) profiles=()
if [ $mode = cluster ]; then hub=cluster-hub services=(cluster-hub) profiles=(--profile cluster); fi
times=()

compose() { docker compose "${profiles[@]}" "$@"; }
cleared() {
  compose down --volumes --timeout 3 >/dev/null 2>&1
  rm -rf "$HUBEMU_FOLDER"
}
trap 'cleared; rm -rf "$scratch"' EXIT
timed() { # timed WORDS COMMAND...: run it and keep how long it took
  local words=$1 start=$SECONDS
  shift
  "$@"
  times+=("$(printf '%-60s %4d s' "$words" $((SECONDS - start)))")
}
up() { compose up --build --wait "${services[@]}"; }
suite() { HUBEMU_TEST_HOME=$HUBEMU_FOLDER .venv/bin/python -m pytest -q "$@"; }
port=${HUBEMU_PORT:-5671}
export HUBEMU_TEST_PORTS=$port
[ $mode = single ] || HUBEMU_TEST_PORTS+=,${HUBEMU_PORT_2:-5672},${HUBEMU_PORT_3:-5673}
kept() { .venv/bin/python docker/nothing_lost.py "$HUBEMU_FOLDER" "$@"; }

# The suite waits for a time-to-live on one vHost; there it is two seconds.
cp -r routing "$HUBEMU_ROUTING"
sed -i 's/15-gps_v1.3: {/&ttl: 2, /' "$HUBEMU_ROUTING/vhosts.yaml"

for image in "$@"; do
  export HUBEMU_RABBITMQ_IMAGE=$image
  mkdir -p "$HUBEMU_FOLDER"
  timed "$image: $mode: up --build --wait" up
  compose exec -T "$hub" hubemu status
  docker stats --no-stream --format '{{.Name}}: {{.MemUsage}}' $(compose ps -q)
  if [ $mode = cluster ]; then
    timed "$image: $mode: exchanges and dead letters" suite tests/hub/test_hub_exchange.py tests/hub/test_hub_dead_letters.py
    timed "$image: $mode: a node killed under load" kept docker kill "$(compose ps -q rabbitmq-1)"
  else
    timed "$image: $mode: behaviour suite" suite tests/hub
    timed "$image: $mode: RabbitMQ restarted under load" kept docker restart "$(compose ps -q rabbitmq)"
  fi
  cleared
done
printf '%s\n' "${times[@]}"
