// SPDX-License-Identifier: Apache-2.0
//
// The units of GNU Fortran's run-time library, which has buffers of its own. One library a process
// is known: that of the plugins, or of the program.
#pragma once

namespace forkmap::plugin {

class FortranUnits {
 public:
  // Looks for the library among what is loaded now. Asks the dynamic loader, so this is for the
  // host, before a fork, and for a process that has loaded objects by itself.
  FortranUnits() noexcept;

  // What was printed to units 6 and 0 (standard output and error). Cheap if there is nothing.
  void flush_preconnected() const noexcept {
    if (flush_ != nullptr) flush_standard();
  }
  void flush_all() const noexcept {
    if (flush_ != nullptr) flush_(nullptr);
  }
  [[nodiscard]] bool is_loaded() const noexcept { return flush_ != nullptr; }

 private:
  using Flush = void(int* unit);
  Flush* flush_ = nullptr;

  void flush_standard() const noexcept;
};

}  // namespace forkmap::plugin
