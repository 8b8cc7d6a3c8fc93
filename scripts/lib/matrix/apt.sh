# shellcheck shell=bash disable=SC2034,SC2154
# Debian's packages of other releases, from the mirror that this machine's apt is set up for.
# Nothing is installed here: packages are unpacked into folders of their own.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

: "${root:?}" "${matrix:?}"

# The address of the mirror, from this system's apt configuration.
debian_mirror() {
  local mirror
  # shellcheck disable=SC2016 # apt's own $(...)
  mirror=$(apt-get indextargets --format '$(SITE) $(LABEL)' 'Created-By: Packages' |
    awk '$2 == "Debian" { print $1; exit }')
  [[ -n $mirror ]] || fail "apt is not set up for a Debian mirror here"
  say "$mirror"
}

debian_keyring() {
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  [[ -r $keyring ]] || fail "there is no $keyring (package debian-archive-keyring)"
  say "$keyring"
}

# Programs other than apt need the proxy that apt uses in their environment.
export_proxy() {
  local http_proxy_of_apt=""
  eval "$(apt-config shell http_proxy_of_apt Acquire::http::Proxy)"
  if [[ -n $http_proxy_of_apt && $http_proxy_of_apt != DIRECT ]]; then
    export http_proxy=${http_proxy:-$http_proxy_of_apt}
  fi
}

# apt_of SUITE PROGRAM ARGUMENT...: apt-get or apt-cache for another release. Its lists are fetched
# the first time, and again when they are a day old.
apt_of() {
  local suite=$1 folder=$matrix/apt/$1
  shift
  mkdir -p -- "$folder/lists/partial" "$folder/cache/archives/partial" "$folder/packages"
  if [[ -z $(find "$folder/updated" -mtime -1 2>/dev/null) ]]; then
    local kind
    for kind in deb deb-src; do
      say "$kind [signed-by=$(debian_keyring)] $(debian_mirror) $suite main"
    done >"$folder/sources.list"
    cat >"$folder/apt.conf" <<EOF
Dir::State::Lists "$folder/lists";
Dir::State::status "/dev/null";
Dir::Cache "$folder/cache";
Dir::Etc::sourcelist "$folder/sources.list";
Dir::Etc::sourceparts "-";
APT::Sandbox::User "";
EOF
    APT_CONFIG=$folder/apt.conf apt-get update -qq
    touch -- "$folder/updated"
  fi
  local program=$1
  shift
  (cd -- "$folder/packages" && APT_CONFIG=$folder/apt.conf "$program" "$@")
}

# unpack_package SUITE PACKAGE FOLDER: the files of a package, as they would lie below /.
unpack_package() {
  local suite=$1 package=$2 folder=$3 archive
  apt_of "$suite" apt-get download -qq "$package"
  archive=$(find "$matrix/apt/$suite/packages" -name "${package}_*.deb" | sort -V | tail -n 1)
  mkdir -p -- "$folder"
  dpkg-deb -x "$archive" "$folder"
}

# unpack_source SUITE PACKAGE FOLDER: the sources of a package, with Debian's changes.
unpack_source() {
  local suite=$1 package=$2 folder=$3 description
  have dpkg-source || fail "dpkg-dev is needed, for the sources of $package"
  apt_of "$suite" apt-get source -qq --download-only "$package"
  description=$(find "$matrix/apt/$suite/packages" -name "${package}_*.dsc" | sort -V | tail -n 1)
  rm -rf -- "$folder"
  dpkg-source --no-check -x "$description" "$folder"
}
