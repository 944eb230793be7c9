#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run_scenario.sh FORKMAP SCENARIO: plays a scenario file in an empty folder.
set -euo pipefail

forkmap=$1
scenario=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$forkmap" shell "$scenario"
