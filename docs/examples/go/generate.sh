#!/usr/bin/env bash
# generate.sh PROTOS: Go code of the unpacked zip in PROTOS, as the module hearthline.internal/api in ./api.
# Needs protoc-gen-go and protoc-gen-go-grpc on PATH; PROTOC names another protoc.
set -euo pipefail
protos=$1
api=hearthline.internal/api
files=$(cd "$protos" && find buf hearthline -name '*.proto')
mkdir -p api
# The rules of the fields have no Go package in the zip's own names: they get one beside ours.
# shellcheck disable=SC2086
${PROTOC:-protoc} -I "$protos" \
  --go_out=api --go_opt=module=$api --go_opt=Mbuf/validate/validate.proto=$api/buf/validate \
  --go-grpc_out=api --go-grpc_opt=module=$api --go-grpc_opt=Mbuf/validate/validate.proto=$api/buf/validate \
  $files
printf 'module %s\n\ngo 1.26.0\n' $api > api/go.mod
