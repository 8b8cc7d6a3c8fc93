// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Loads the plugin named by its argument, and uses it.

#include <dlfcn.h>

#include <iostream>

int main(int argc, char* argv[]) {
  if (argc != 2) return 2;
  void* const plugin = ::dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (plugin == nullptr) {
    std::cerr << ::dlerror() << '\n';
    return 1;
  }
  using function = int (*)(const char*);
  const auto write_and_read = reinterpret_cast<function>(::dlsym(plugin, "write_and_read"));
  if (write_and_read == nullptr) {
    std::cerr << ::dlerror() << '\n';
    return 1;
  }
  return write_and_read("plugin.txt");
}
