#!/bin/sh
# Stands in for docker-entrypoint.sh of mysql:5.6: sets up an empty data folder with the password
# of MYSQL_ROOT_PASSWORD, then runs the server. Any other command is run as it is, so that the
# image serves as the client too.
set -e
case "$1" in
  mysqld | -*) ;;
  *) exec "$@" ;;
esac
[ "$1" = mysqld ] && shift

data=/var/lib/mysql
if [ ! -d "$data/mysql" ]; then
  if [ -z "$MYSQL_ROOT_PASSWORD" ] && [ -z "$MYSQL_ALLOW_EMPTY_PASSWORD" ]; then
    echo >&2 'error: database is uninitialized and password option is not specified'
    echo >&2 '  You need to specify one of MYSQL_ROOT_PASSWORD, MYSQL_ALLOW_EMPTY_PASSWORD and MYSQL_RANDOM_ROOT_PASSWORD'
    exit 1
  fi
  mkdir -p "$data"
  chown -R mysql:mysql "$data"
  echo 'Initializing database'
  # Doubled quotes and backslashes keep any password one SQL string.
  password=$(printf %s "$MYSQL_ROOT_PASSWORD" | sed "s/\\\\/\\\\\\\\/g; s/'/''/g")
  {
    echo 'create database mysql;'
    echo 'use mysql;'
    cat /usr/share/mysql/mysql_system_tables.sql /usr/share/mysql/mysql_performance_tables.sql \
      /usr/share/mysql/mysql_system_tables_data.sql
    # The tables come with a root without password for each name of this machine.
    echo "delete from mysql.global_priv where user in ('', 'root');"
    echo 'delete from mysql.proxies_priv;'
    echo 'flush privileges;'
    echo "create or replace user root@localhost identified by '$password';"
    echo "create or replace user root@'%' identified by '$password';"
    echo 'grant all on *.* to root@localhost with grant option;'
    echo "grant all on *.* to root@'%' with grant option;"
    if [ -n "$MYSQL_DATABASE" ]; then echo "create database \`$MYSQL_DATABASE\`;"; fi
  } | mariadbd --user=mysql --bootstrap
  echo 'Database initialized'
fi
# The folder of the socket is gone when something mounts an empty /run.
mkdir -p /run/mysqld
chown mysql:mysql /run/mysqld
exec mariadbd --user=mysql "$@"
