#!/bin/sh
# The server's answers to curl, and its behaviour with clients that break rules (in
# http_file_server.py).

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

set -eu
program=$1
here=$(dirname "$0")
for needed in curl python3 sha256sum mkfifo; do
  command -v "$needed" >/dev/null || {
    echo "skipped: there is no $needed"
    exit 77
  }
done

server=
trap '[ -z "$server" ] || kill -KILL "$server" 2>/dev/null || true' EXIT

fail() {
  echo "failed: $*" >&2
  exit 1
}

# start OPTION...: sets `server` and `url`. `descriptors`: how many the server may have.
descriptors=
start() {
  : >said
  (
    [ -z "$descriptors" ] || ulimit -n "$descriptors"
    exec "$program" --address 127.0.0.1 --port 0 "$@" root >said 2>errors
  ) &
  server=$!
  for _ in $(seq 200); do
    url=$(sed -n 's/^serving .* at \(http:.*\)\/$/\1/p' said)
    [ -z "$url" ] || return 0
    kill -0 "$server" 2>/dev/null || fail "the server has ended: $(cat errors)"
    sleep 0.05
  done
  fail "the server does not say where it is"
}

stop() {
  kill -TERM "$server"
  wait_for_end
}

wait_for_end() {
  wait "$server" || fail "the server has ended with $?"
  server=
  [ "$(tail -n 1 said)" = stopped ] || fail "the server has not said that it has stopped"
}

# expect STATUS PATH [CURL OPTION...]: the answer's body is in `body`, its header in `header`.
expect() {
  wanted=$1
  path=$2
  shift 2
  : >body
  status=$(curl -s --max-time 20 --path-as-is -D header -o body -w '%{http_code}' "$@" \
    "$url$path") || fail "curl $path: exit code $?"
  [ "$status" = "$wanted" ] || fail "$path $*: $status and not $wanted"
}

field() {
  tr -d '\r' <header | sed -n "s/^$1: //p"
}

mkdir -p root/folder/deep root/site 'root/a b' outside
echo secret >outside/secret
for bytes in 0 1 4096 65536 65537 262144 262145 1048576; do
  head -c "$bytes" /dev/urandom >"root/$bytes"
done
head -c 67108864 /dev/urandom >root/large
printf '0123456789' >root/digits.txt
echo '<p>index</p>' >root/site/index.html
: >'root/a b/<&">.txt'
: >'root/a b/c:d'
mkfifo root/fifo
ln -s ../outside/secret root/link_out
ln -s digits.txt root/link_in
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("root/socket")'
long=$(printf '%05000d' 0)

start --threads 2 --access-log log

for bytes in 0 1 4096 65536 65537 262144 262145 1048576 large; do
  expect 200 "/$bytes"
  cmp body "root/$bytes"
done
expect 200 /4096 -I
[ "$(field Content-Length)" = 4096 ] && [ ! -s body ] || cmp body header || fail "HEAD"

# Names.
expect 200 /digits.txt
[ "$(field Content-Type)" = 'text/plain; charset=utf-8' ] || fail "Content-Type"
expect 200 /link_in
expect 200 '/%64igits.txt?query=1'
expect 200 /folder/../folder/./deep/../..//digits.txt
expect 200 /site/
grep -q index body
expect 301 '/a%20b?x=1'
[ "$(field Location)" = '/a%20b/?x=1' ] || fail "Location"
expect 200 /a%20b/
grep -qF '<a href="./%3C%26%22%3E.txt">&lt;&amp;&quot;&gt;.txt</a>' body || fail "listing"
grep -qF '<a href="./c%3Ad">' body || fail "listing: a colon"
expect 200 /
grep -qF '<a href="./folder/">' body || fail "listing: a directory"
for path in /missing /missing/ /digits.txt/ /folder/missing "/$long"; do expect 404 "$path"; done
for path in /fifo /socket /link_out; do expect 403 "$path"; done
for path in /.. /../outside/secret /%2e%2e/outside/secret /folder/../../outside/secret /%zz /% \
  /digits.txt%00 /digits.txt%2; do
  expect 400 "$path"
done
expect 414 "/$long$long"
expect 431 / -H "X: $long$long$long$long"
expect 405 /digits.txt -X POST -d body
[ "$(field Allow)" = 'GET, HEAD' ] || fail "Allow"
expect 501 /digits.txt -X BREW

# Ranges.
range() {
  expect "$2" /digits.txt -H "Range: $1"
  [ "$(cat body)" = "$3" ] || fail "range $1: $(cat body)"
  [ "$(field Content-Range)" = "$4" ] || fail "range $1: $(field Content-Range)"
}
range bytes=2-4 206 234 'bytes 2-4/10'
range bytes=7- 206 789 'bytes 7-9/10'
range bytes=-2 206 89 'bytes 8-9/10'
range bytes=5-99999999999999999999 206 56789 'bytes 5-9/10'
range bytes=10- 416 '' 'bytes */10'
range bytes=-0 416 '' 'bytes */10'
for broken in bytes=4-2 bytes=a-b bytes=- bytes= lines=1-2 bytes=1-2,x bytes=0-9,0-9; do
  range "$broken" 200 0123456789 ''
done
expect 206 /digits.txt -H 'Range: bytes=0-1, 4-5,99-, -1'
boundary=$(field Content-Type | sed -n 's/^multipart\/byteranges; boundary=//p')
part() {
  printf -- '%s--%s\r\nContent-Type: text/plain; charset=utf-8\r\n' "$1" "$boundary"
  printf -- 'Content-Range: bytes %s/10\r\n\r\n%s' "$2" "$3"
}
{
  part '' 0-1 01
  part '
' 4-5 45
  part '
' 9-9 9
  printf -- '\r\n--%s--\r\n' "$boundary"
} | sed 's/^$/\r/' >multipart
tr -d '\r' <multipart >expected
tr -d '\r' <body >found
cmp expected found
[ "$(field Content-Length)" = "$(wc -c <body | tr -d ' ')" ] || fail "the length of several parts"
expect 416 /0 -H 'Range: bytes=0-'
expect 206 /large -H 'Range: bytes=1000000-60000000,5-5'

# Conditions.
expect 200 /digits.txt
tag=$(field ETag)
date=$(field Last-Modified)
old='Sun, 06 Nov 1994 08:49:37 GMT'
condition() {
  wanted=$1
  shift
  expect "$wanted" /digits.txt "$@"
}
condition 304 -H "If-None-Match: $tag"
[ ! -s body ] && [ "$(field ETag)" = "$tag" ] || fail "304"
condition 304 -H "If-None-Match: \"x, y\", W/$tag"
condition 304 -H 'If-None-Match: *'
condition 200 -H 'If-None-Match: "x"' -H "If-Modified-Since: $date"
condition 304 -H "If-Modified-Since: $date"
condition 200 -H "If-Modified-Since: $old"
condition 200 -H 'If-Modified-Since: yesterday'
condition 200 -H "If-Match: $tag"
condition 412 -H 'If-Match: "x"'
condition 412 -H "If-Match: W/$tag"
condition 412 -H "If-Unmodified-Since: $old"
condition 200 -H "If-Unmodified-Since: $date"
condition 206 -H "If-Range: $tag" -r 0-1
condition 200 -H 'If-Range: "x"' -r 0-1
condition 200 -H "If-Range: W/$tag" -r 0-1
condition 200 -H "If-Range: $old" -r 0-1
sleep 1.1
condition 206 -H "If-Range: $date" -r 0-1

# A file that is replaced, and one that is written to.
printf abc >new
mv new root/digits.txt
sleep 1.1
expect 200 /digits.txt
[ "$(cat body)" = abc ] || fail "a file that was replaced"
[ "$(field ETag)" != "$tag" ] || fail "the entity tag of a file that was replaced"
printf 'defg' >root/digits.txt
sleep 1.1
expect 200 /digits.txt
[ "$(cat body)" = defg ] || fail "a file that was written to"
rm root/digits.txt
sleep 1.1
expect 404 /digits.txt

# A large file in pieces, fetched at the same time.
pieces=
for piece in 0 1 2 3 4 5 6 7; do
  first=$((piece * 8388608))
  curl -s --max-time 60 -r "$first-$((first + 8388607))" -o "piece.$piece" "$url/large" &
  pieces="$pieces $!"
done
for piece in $pieces; do wait "$piece" || fail "a piece"; done
cat piece.[0-7] | sha256sum >found
sha256sum <root/large >expected
cmp expected found
curl -s --http1.0 --max-time 20 "$url/1048576" | cmp - root/1048576

stop
date='[0-9]*/[A-Z][a-z]*/[0-9]*:[0-9:]* +0000'
grep -q '^127\.0\.0\.1 - - \['"$date"'\] "GET /4096 HTTP/1.1" 200 4096$' log || fail "the access log"

# Clients that break rules, with time limits that are short enough to wait for.
start --threads 2 --idle-timeout 5 --header-timeout 1 --send-timeout 1 --stop-timeout 5
python3 "$here/http_file_server.py" "$url" "$server"
wait_for_end

# Without descriptors. The undefined behaviour sanitizer needs a pipe to examine an object, and
# reports objects that it cannot examine.
[ -z "${SANITIZE:-}" ] || exit 0
descriptors=40
start --threads 1
python3 "$here/http_file_server.py" --exhaust "$url" "$server"
stop
