// SPDX-License-Identifier: Apache-2.0
#include "core/types/caught_exception.hpp"

#include <cxxabi.h>

#include <exception>
#include <typeinfo>

#include "core/base/demangled_name.hpp"

namespace forkmap::types {

bool caught_forced_unwind() noexcept { return std::current_exception() == nullptr; }

std::string caught_exception_text() {
  try {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    const std::type_info* const type = abi::__cxa_current_exception_type();
    return "threw a value of type " + base::type_name(type->name());
  }
}

}  // namespace forkmap::types
