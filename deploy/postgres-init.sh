#!/usr/bin/env bash
# Runs once, at the first start of the PostgreSQL in compose.yaml: the roles, their passwords, and whose the database is.
set -euo pipefail

run=(psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB")
"${run[@]}" --file=/roles.sql
# By \getenv, since arguments can be read by every user of the host.
"${run[@]}" <<'SQL'
\getenv owner_password TILTYARD_OWNER_PASSWORD
\getenv app_password TILTYARD_APP_PASSWORD
ALTER ROLE tiltyard_owner LOGIN PASSWORD :'owner_password';
ALTER ROLE tiltyard_app LOGIN PASSWORD :'app_password';
SQL
