// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/sanitizer_runtime.hpp"

#include <dlfcn.h>

#include <array>
#include <cstdlib>
#include <string_view>

namespace forkmap::plugin {

namespace {

struct Runtime {
  std::string_view gcc;    // how the name of the library begins
  std::string_view clang;  // as well; that one lies in no folder that is searched
  const char* symbol;      // a function of it
  std::string_view option;
  std::string_view more;
};

constexpr std::array kRuntimes = {
    Runtime{"libasan.so", "libclang_rt.asan", "__asan_init", "-fsanitize=address", ""},
    Runtime{"libtsan.so", "libclang_rt.tsan", "__tsan_init", "-fsanitize=thread",
            ", and run it with --serial, without a pool: that library has a thread of its own"},
};

bool is_in_process(const Runtime& runtime) {
  return ::dlsym(RTLD_DEFAULT, runtime.symbol) != nullptr;
}

// The user wants to see what happens then.
bool may_be_late(const Runtime& runtime) {
  const char* const options = std::getenv("ASAN_OPTIONS");
  return &runtime == &kRuntimes.front() && options != nullptr &&
         std::string_view(options).find("verify_asan_link_order=0") != std::string_view::npos;
}

}  // namespace

std::optional<std::string> late_runtime_text(std::span<const std::string> needed) {
  for (const std::string& library : needed) {
    for (const Runtime& runtime : kRuntimes) {
      const bool is_clangs = library.starts_with(runtime.clang);
      if (!is_clangs && !library.starts_with(runtime.gcc)) continue;
      if (is_in_process(runtime) || may_be_late(runtime)) continue;
      const std::string file = is_clangs ? "$(clang++ -print-file-name=" + library + ")" : library;
      std::string text = "it was built with ";
      text.append(runtime.option).append(", and the library of that, ").append(library);
      text.append(", must be in the process before all others; start the program with LD_PRELOAD=");
      return text.append(file).append(" in its environment").append(runtime.more);
    }
  }
  return std::nullopt;
}

}  // namespace forkmap::plugin
