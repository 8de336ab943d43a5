#!/usr/bin/env bash
# Runs once, at the first start of the PostgreSQL in compose.yaml: the roles, their passwords, and whose the database is.
set -euo pipefail

run=(psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB")
"${run[@]}" --file=/roles.sql
# By \getenv, since arguments can be read by every user of the host.
"${run[@]}" --set=database="$POSTGRES_DB" <<'SQL'
\getenv owner_password TILTYARD_OWNER_PASSWORD
\getenv server_password TILTYARD_SERVER_PASSWORD
\getenv auditor_password TILTYARD_AUDITOR_PASSWORD
ALTER ROLE tiltyard_owner PASSWORD :'owner_password';
ALTER ROLE tiltyard_server PASSWORD :'server_password';
ALTER ROLE tiltyard_auditor PASSWORD :'auditor_password';
ALTER DATABASE :"database" OWNER TO tiltyard_owner;
SQL
