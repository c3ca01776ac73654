#!/bin/sh
# Run once by the PostgreSQL image, on an empty volume: two roles without privileges of the server, and the database.
set -eu
psql --no-psqlrc -v ON_ERROR_STOP=1 -v owner="$OWNER_PASSWORD" -v app="$APP_PASSWORD" --username "$POSTGRES_USER" <<'SQL'
CREATE ROLE relocation_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'owner';
CREATE ROLE relocation_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'app';
-- With another locale a prefix search by LIKE does not use an index.
CREATE DATABASE relocation OWNER relocation_owner TEMPLATE template0
  ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C';
SQL
