#!/bin/sh
# Writes deploy/secrets/ once; run again, it makes only what is missing. Keep a copy: without
# these the data is there but nobody gets in. The folder is closed to others; the files in it are
# readable, since the containers' own users must read what is mounted into them.
set -eu
folder="${1:-$(dirname "$0")/secrets}"
mkdir -p "$folder"
chmod 700 "$folder"

random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
keep() {
    if [ ! -s "$folder/$1" ]; then
        printf '%s' "$2" > "$folder/$1.new"
        chmod 444 "$folder/$1.new"
        mv "$folder/$1.new" "$folder/$1"
    fi
}

for name in secret_key postgres_password owner_password app_password redis_password sms_secret; do
    keep "$name" "$(random)"
done
keep database_url "postgres://tuangou_app:$(cat "$folder/app_password")@db:5432/tuangou"
keep database_owner_url "postgres://tuangou_owner:$(cat "$folder/owner_password")@db:5432/tuangou"
# The address of the SMS gateway, https://…, goes in here by hand; empty: no texts.
[ -e "$folder/sms_url" ] || { : > "$folder/sms_url"; chmod 644 "$folder/sms_url"; }
# The mail server's password replaces what is made up here; without MAIL_USER nobody uses it.
keep mail_password "$(random)"
keep redis_url "redis://:$(cat "$folder/redis_password")@redis:6379/0"
