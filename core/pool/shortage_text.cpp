// SPDX-License-Identifier: Apache-2.0
#include "core/pool/shortage_text.hpp"

#include <sys/resource.h>

#include <cerrno>
#include <system_error>

namespace forkmap::pool {

namespace {

std::string value_of(__rlimit_resource resource) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return "unlimited";
  return std::to_string(limit.rlim_cur);
}

}  // namespace

std::string limit_behind(int error_number) {
  switch (error_number) {
    case EAGAIN:
      return "processes are limited: ulimit -u is " + value_of(RLIMIT_NPROC) +
             " for all of the user's, and a container may have a limit of its own (pids.max)";
    case EMFILE:
      return "open files are limited: ulimit -n is " + value_of(RLIMIT_NOFILE);
    case ENFILE:
      return "the whole system has no open file left (fs.file-max)";
    case ENOMEM:
      return "memory or addresses are limited: ulimit -v is " + value_of(RLIMIT_AS) +
             " bytes, and a container may have a limit of its own";
    default:
      return {};
  }
}

std::string shortage_text(const std::string& tried, int error_number) {
  const std::string limit = limit_behind(error_number);
  return tried + ": " + std::system_category().message(error_number) +
         (limit.empty() ? "" : "; " + limit);
}

}  // namespace forkmap::pool
