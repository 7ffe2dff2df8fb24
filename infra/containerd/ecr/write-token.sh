#!/bin/sh
# Puts an ECR token into a hosts.toml; an ECR token ends after 12 hours: run it every six, as root, by a systemd timer.
#
#   write-token.sh TEMPLATE TARGET REGION
#
# TARGET is replaced in one step and only with a token: a run that fails leaves what is there. Needs the AWS CLI and the
# node's role. Exit status 1 = no token; standard error says why.
set -eu
[ $# -eq 3 ] || { echo "usage: write-token.sh TEMPLATE TARGET REGION" >&2; exit 2; }
template=$1 target=$2 region=$3

password=$(aws ecr get-login-password --region "$region") || { echo "no ECR token for $region: $target is as it was" >&2; exit 1; }
[ -n "$password" ] || { echo "the AWS CLI printed no ECR token for $region: $target is as it was" >&2; exit 1; }
token=$(printf 'AWS:%s' "$password" | base64 | tr -d '\n')

umask 077
new=$target.new
trap 'rm -f "$new"' EXIT
mkdir -p "$(dirname "$target")"
while IFS= read -r line || [ -n "$line" ]; do
  case $line in
    *ECR_TOKEN*) printf '%s%s%s\n' "${line%%ECR_TOKEN*}" "$token" "${line#*ECR_TOKEN}" ;;
    *) printf '%s\n' "$line" ;;
  esac
done < "$template" > "$new"
mv "$new" "$target"
