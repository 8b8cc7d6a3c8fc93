// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// `co_await f(c ? "a" : s)`, without the library: g++ 12 destroys the temporary string more often
// than it is made, which basic_file.hpp warns of. Exits with 1 if a compiler that the warning does
// not name does so, or if the workaround that the warning gives does not work.

#include <coroutine>
#include <cstdio>
#include <initializer_list>

namespace {

int made = 0;
int destroyed = 0;

struct text {
  text(const char*) { ++made; }
  text(const text&) { ++made; }
  ~text() { ++destroyed; }
  text& operator=(const text&) = delete;
};

struct task {
  struct promise_type {
    task get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
};

std::suspend_never takes(const text&) { return {}; }

task in_the_operand(bool is_literal, const text& other) {
  co_await takes(is_literal ? "a" : other);
}

task in_a_variable(bool is_literal, const text& other) {
  const text path = is_literal ? "a" : other;
  co_await takes(path);
}

bool is_right(task (*coroutine)(bool, const text&)) {
  bool right = true;
  const text other("b");
  for (const bool is_literal : {false, true}) {
    made = destroyed = 0;
    coroutine(is_literal, other);
    std::printf("%d made, %d destroyed\n", made, destroyed);
    right = right && made == destroyed;
  }
  return right;
}

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ == 12
constexpr bool is_warned_of = true;
#else
constexpr bool is_warned_of = false;
#endif

}  // namespace

int main() {
  const bool operand = is_right(in_the_operand);
  const bool variable = is_right(in_a_variable);
  return (operand || is_warned_of) && variable ? 0 : 1;
}
