#pragma once

// What a thread does between two looks at what another is about to write.

namespace asiofile::detail {

inline void pause_processor() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace asiofile::detail
