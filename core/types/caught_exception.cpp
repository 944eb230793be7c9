// SPDX-License-Identifier: Apache-2.0
#include "core/types/caught_exception.hpp"

#include <cxxabi.h>

#include <forkmap/exception_text.hpp>

#include <exception>
#include <typeinfo>

#include "core/base/demangled_name.hpp"

namespace forkmap::types {

bool caught_forced_unwind() noexcept { return std::current_exception() == nullptr; }

std::string caught_exception_text() {
  try {
    throw;
  } catch (const std::exception& error) {
    return std::string(detail::ExceptionText(error).get());
  } catch (...) {
    // Of another language's exceptions there is no type. A name is not expanded without a bound.
    const std::type_info* const type = abi::__cxa_current_exception_type();
    if (type == nullptr) return std::string(detail::ExceptionText().get());
    return "threw a value of type " + base::type_name(type->name());
  }
}

}  // namespace forkmap::types
