#!/usr/bin/env bash
# Generates the Swift code of the protocols from their .proto files. Its output is committed: a build needs neither protoc nor this.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/setup.sh

install_packages protobuf-compiler
swift package resolve
plugins=.build-protos
for product in protoc-gen-swift protoc-gen-grpc-swift-2; do
    swift build --package-path .build/checkouts/grpc-swift-protobuf --scratch-path "$plugins" --product "$product"
done
bin=$(swift build --package-path .build/checkouts/grpc-swift-protobuf --scratch-path "$plugins" --show-bin-path)

# generate TARGET WITH-SERVER
generate() {
    local folder=Sources/$1 output=Sources/$1/Generated
    rm -rf "$output"
    mkdir "$output"
    protoc --proto_path="$folder" "$folder"/*.proto \
        --plugin="$bin/protoc-gen-swift" --swift_out="$output" --swift_opt=Visibility=Package \
        --plugin="$bin/protoc-gen-grpc-swift-2" --grpc-swift-2_out="$output" \
        --grpc-swift-2_opt=Visibility=Package,Client=true,Server="$2"
    # A file without messages gives an empty one.
    rm -f "$output"/service.pb.swift
}

generate EtcdProtocol false
generate EstimatorProtocol true
