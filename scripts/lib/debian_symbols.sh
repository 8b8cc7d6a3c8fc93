# shellcheck shell=bash
# The symbols file of a Debian package of a C++ library.

# write_symbols FOLDER VERSION: the symbols of the shared libraries below FOLDER, with their names as
# C++ has them, since VERSION. What is not asiofile's own (instances of templates, which depend on the
# compiler and on Boost) may come and go.
write_symbols() {
  local folder=$1 version=$2 library soname
  while read -r library; do
    soname=$(objdump -p "$library" | awk '$1 == "SONAME" { print $2 }')
    say "$soname libasiofile0.2 #MINVER#"
    nm -D --defined-only --no-demangle "$library" | awk '{ print $NF }' | sort -u |
      while read -r symbol; do
        local name
        name=$(c++filt -- "$symbol")
        if [[ $name == "$symbol" ]]; then
          say " $symbol@Base $version"
        elif [[ $name =~ ^(vtable\ for\ |typeinfo\ (name\ )?for\ )?asiofile::[^\<]*$ ]]; then
          say " (c++)\"$name@Base\" $version"
        else
          say " (c++|optional)\"$name@Base\" $version"
        fi
      done | LC_ALL=C sort -u
  done < <(find "$folder" -name 'libasiofile*.so.*' -type f | sort)
}
