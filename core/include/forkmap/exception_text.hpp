// SPDX-License-Identifier: Apache-2.0
//
// forkmap/exception_text.hpp: what is told of an exception that left a function or a hook.
#pragma once

#include <cxxabi.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <forkmap/mangled_name.hpp>
#include <string_view>
#include <typeinfo>

namespace forkmap::detail {

// For use inside the handler that has caught it. what(), as long as `error` lives; or, where that
// is null or empty and for what is no std::exception, a text that names the type. Allocates nothing
// that it needs: the exception may tell that there is no memory.
class ExceptionText {
 public:
  explicit ExceptionText(const std::exception& error) noexcept {
    const char* const what = error.what();
    if (what != nullptr && *what != '\0') {
      text_ = what;
    } else {
      name_type("threw an exception of type ", ", whose what() says nothing");
    }
  }
  ExceptionText() noexcept { name_type("threw a value of type ", ""); }
  ExceptionText(const ExceptionText&) = delete;
  ExceptionText& operator=(const ExceptionText&) = delete;
  ~ExceptionText() = default;

  [[nodiscard]] std::string_view get() const noexcept { return text_; }

 private:
  // What was thrown by another language's run-time library has no type. A name that might expand
  // without end stays as it is.
  void name_type(const char* before, const char* after) noexcept {
    const std::type_info* const type = abi::__cxa_current_exception_type();
    const char* const mangled = type == nullptr ? "that is not known" : type->name();
    int status = 0;
    char* const demangled = type == nullptr || !expands_soon(mangled)
                                ? nullptr
                                : abi::__cxa_demangle(mangled, nullptr, nullptr, &status);
    const int size = std::snprintf(buffer_.data(), buffer_.size(), "%s%.900s%s", before,
                                   demangled != nullptr ? demangled : mangled, after);
    std::free(demangled);  // the demangler asks for that: NOLINT(cppcoreguidelines-no-malloc)
    text_ = std::string_view(buffer_.data(), size < 0 ? 0 : static_cast<std::size_t>(size));
  }

  std::array<char, 1024> buffer_{};
  std::string_view text_;
};

}  // namespace forkmap::detail
