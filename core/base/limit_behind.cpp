// SPDX-License-Identifier: Apache-2.0
#include "core/base/limit_behind.hpp"

#include <sys/resource.h>

#include <cerrno>

#include "core/base/system_error.hpp"

namespace forkmap::base {

namespace {

// " (ulimit -n is 64)", or nothing where there is no limit.
std::string limit_text(__rlimit_resource resource, const char* option, rlim_t unit) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return {};
  return std::string(" (ulimit ") + option + " is " + std::to_string(limit.rlim_cur / unit) + ")";
}

}  // namespace

std::string limit_behind(int error_number) {
  constexpr rlim_t kKib = 1024;
  switch (error_number) {
    case EAGAIN:
      return "processes are limited" + limit_text(RLIMIT_NPROC, "-u", 1) +
             ", those of the user or of the container together";
    case EMFILE:
      return "open files are limited" + limit_text(RLIMIT_NOFILE, "-n", 1);
    case ENFILE:
      return "the whole system has no open file left (fs.file-max)";
    case ENOMEM:
      return "memory or addresses are limited" + limit_text(RLIMIT_AS, "-v", kKib);
    default:
      return {};
  }
}

std::string explained_error_text(int error_number) {
  const std::string limit = limit_behind(error_number);
  return error_text(error_number) + (limit.empty() ? "" : "; " + limit);
}

}  // namespace forkmap::base
