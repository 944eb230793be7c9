// SPDX-License-Identifier: Apache-2.0
#include "core/types/caught_exception.hpp"

#include <exception>
#include <forkmap/exception_text.hpp>

namespace forkmap::types {

bool caught_forced_unwind() noexcept { return std::current_exception() == nullptr; }

std::string caught_exception_text() {
  try {
    throw;
  } catch (const std::exception& error) {
    return std::string(detail::ExceptionText(error).get());
  } catch (...) {
    return std::string(detail::ExceptionText().get());
  }
}

}  // namespace forkmap::types
