// SPDX-License-Identifier: Apache-2.0
#include "core/types/caught_exception.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <exception>
#include <memory>
#include <typeinfo>

namespace forkmap::types {

bool caught_forced_unwind() noexcept { return std::current_exception() == nullptr; }

std::string caught_exception_text() {
  try {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    const std::type_info* const type = abi::__cxa_current_exception_type();
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> name(
        abi::__cxa_demangle(type->name(), nullptr, nullptr, &status), &std::free);
    return "threw a value of type " + std::string(name ? name.get() : type->name());
  }
}

}  // namespace forkmap::types
