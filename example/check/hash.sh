#!/bin/sh
# Compared with the output of the system's programs for the same file.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

set -eu
program=$1
head -c 5000001 /dev/urandom >data
"$program" data >found
for tool in md5sum sha1sum sha256sum sha512sum; do "$tool" data; done >expected
diff expected found
