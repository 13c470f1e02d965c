#!/bin/sh
# Process 1 of a node, in network, mount and process namespaces of its own: what the programs of the node write outside their folder lands in
# memory that goes with it. It collects ended processes and says when it is ready.
#   inside.sh NODE_ADDRESS/BITS GATEWAY READY_FILE
set -e
# Not every PATH of root has them.
PATH=$PATH:/usr/sbin:/sbin
mount --make-rprivate /
mkdir -p /var/lib/cni /var/lib/kubelet /var/log
for folder in /run /var/log /var/lib/cni /var/lib/kubelet; do mount -t tmpfs tmpfs "$folder"; done
# The kubelet wants mounts of pods to be seen where volumes are mounted.
mount --make-rshared /
mkdir -p /run/netns /var/log/pods /var/log/containers
ip link set lo up
ip address add "$1" dev eth0
ip link set eth0 up
# Without a way out the node itself would not find the addresses of Services.
ip route add default via "$2"
sysctl -qw net.ipv4.ip_forward=1
echo ready > "$3"
while :; do
  sleep 3600 &
  wait || true
done
