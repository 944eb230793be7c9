// SPDX-License-Identifier: Apache-2.0
//
// forkmap/float_environment.hpp: how this thread computes with floating point: rounding, flushing
// of denormal numbers, exceptions that trap. A function may change it (fesetround, -ffast-math in a
// library, feenableexcept); the next item shall not see that.
#pragma once

#include <cfenv>
#include <cstdint>
#include <cstring>

namespace forkmap::detail {

#if defined(__x86_64__) || (defined(__i386__) && defined(__SSE__))

// The control word of SSE, in which float and double compute, and that of the x87, of long double.
// The former: written in 0.3 to 1.7 ns and read in 6 to 0.9, by processor (docs/performance.md).
class FloatEnvironment {
 public:
  [[nodiscard]] static FloatEnvironment current() noexcept {
    FloatEnvironment now;
    now.sse_ = __builtin_ia32_stmxcsr();
    asm volatile("fnstcw %0" : "=m"(now.x87_));
    return now;
  }
  void enter() const noexcept {
    enter_quickly();
    enter_x87();
  }
  // Where the environment is `now`. A comparison is nothing beside a write that is not needed.
  void enter_from(const FloatEnvironment& now) const noexcept {
    if (now.sse_ != sse_) enter_quickly();
    if (now.x87_ != x87_) enter_x87();
  }
  // Enough between two items of a task: all that float and double see.
  void enter_quickly() const noexcept {
    __builtin_ia32_ldmxcsr(sse_);
    asm volatile("" : : : "memory");  // the operands of what follows are loaded later
  }
  // The flags of exceptions that were raised are no setting.
  [[nodiscard]] bool is_like(const FloatEnvironment& other) const noexcept {
    constexpr std::uint32_t flags = 0x3f;
    return ((other.sse_ ^ sse_) & ~flags) == 0 && other.x87_ == x87_;
  }
  [[nodiscard]] bool is_current() const noexcept { return is_like(current()); }

 private:
  // The x87 traps for what was raised before, too.
  void enter_x87() const noexcept {
    constexpr std::uint16_t masks = 0x3f;
    if ((x87_ & masks) != masks) asm volatile("fnclex");
    asm volatile("fldcw %0" : : "m"(x87_));
  }

  std::uint32_t sse_ = 0;
  std::uint16_t x87_ = 0;
};

#else

class FloatEnvironment {
 public:
  [[nodiscard]] static FloatEnvironment current() noexcept {
    FloatEnvironment now;
    std::memset(&now.state_, 0, sizeof now.state_);
    std::fegetenv(&now.state_);
    now.rounding_ = std::fegetround();
    return now;
  }
  void enter() const noexcept { std::fesetenv(&state_); }
  void enter_from(const FloatEnvironment& /*now*/) const noexcept { enter(); }
  void enter_quickly() const noexcept { enter(); }
  // The flags of exceptions that were raised are no setting.
  [[nodiscard]] bool is_like(const FloatEnvironment& other) const noexcept {
    const std::fenv_t mine = without_flags(state_);
    const std::fenv_t others = without_flags(other.state_);
    return other.rounding_ == rounding_ && std::memcmp(&mine, &others, sizeof mine) == 0;
  }
  [[nodiscard]] bool is_current() const noexcept { return is_like(current()); }

 private:
  static std::fenv_t without_flags(const std::fenv_t& state) noexcept {
    std::fenv_t now;
    std::fegetenv(&now);
    std::fesetenv(&state);
    std::feclearexcept(FE_ALL_EXCEPT);
    std::fenv_t plain;
    std::memset(&plain, 0, sizeof plain);
    std::fegetenv(&plain);
    std::fesetenv(&now);
    return plain;
  }

  std::fenv_t state_;
  int rounding_ = FE_TONEAREST;
};

#endif

}  // namespace forkmap::detail
