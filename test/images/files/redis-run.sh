#!/bin/sh
# Stands in for the start script of kubernetes/redis:v1: a master when MASTER is true, otherwise a
# replica of the Service redis-master. The configuration is the volume's, /redis-master/redis.conf.
if [ "$MASTER" = true ]; then
  if [ ! -e /redis-master-data ]; then
    echo "Redis master data doesn't exist, data won't be persistent!"
    mkdir /redis-master-data
  fi
  cd /redis-master-data || exit 1
  exec redis-server /redis-master/redis.conf --protected-mode no
fi
host=${REDIS_MASTER_SERVICE_HOST:-redis-master}
port=${REDIS_MASTER_SERVICE_PORT:-6379}
exec redis-server --protected-mode no --replicaof "$host" "$port"
