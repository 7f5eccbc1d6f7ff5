#!/bin/bash
# GNU parallel over the cores of this machine, or with --sshlogin over several. Started again, it runs what failed.
set -eu
shards=${1:-16}
profile=${CSP_PROFILE:-npx csp-profile}
mkdir -p shards
seq 0 $((shards - 1)) | parallel --halt now,fail=1 --joblog shards/log.tsv --resume-failed \
  "$profile sweep sweep.yaml --quiet --jobs 1 --shard {}/$shards -o shards/rows.ndjson"
$profile sweep merge 'shards/*.ndjson' -o rows.ndjson --objective flops:min,cio:min,weights:max
