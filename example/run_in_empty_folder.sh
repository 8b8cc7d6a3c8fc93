#!/bin/sh
# run_in_empty_folder.sh FOLDER PROGRAM [ARGUMENT...]: empties FOLDER and runs PROGRAM in it.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

set -eu
folder=$1
shift
rm -rf -- "$folder"
mkdir -p -- "$folder"
cd -- "$folder"
exec "$@"
