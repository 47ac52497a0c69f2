#!/bin/sh
# Runs once, when the database folder is empty: the role that owns the tables, and the role of the
# app, which owns nothing (its rights are granted by `manage.py prepare_database`).
set -eu
export SECRETS_DIR="${SECRETS_DIR:-/run/secrets}"
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set database="$POSTGRES_DB" \
    --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\set owner_password `cat "$SECRETS_DIR/owner_password"`
\set app_password `cat "$SECRETS_DIR/app_password"`
CREATE ROLE tuangou_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE tuangou_app LOGIN PASSWORD :'app_password';
ALTER DATABASE :"database" OWNER TO tuangou_owner;
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO tuangou_app;
SQL
