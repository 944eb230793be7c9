// SPDX-License-Identifier: Apache-2.0
#include "bench/report/machine.hpp"

#include <sys/utsname.h>

#include <ctime>
#include <forkmap/options.hpp>
#include <fstream>

namespace forkmap::bench {

namespace {

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("model name")) continue;
    const std::size_t begin = line.find_first_not_of(" \t:", line.find(':'));
    if (begin != std::string::npos) return line.substr(begin);
  }
  return "unknown processor";
}

std::string compiler_name() {
#if defined(__clang__)
  return std::string("Clang ") + __clang_version__;
#else
  return std::string("GCC ") + __VERSION__;
#endif
}

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace

Machine describe_machine() {
  utsname system{};
  ::uname(&system);
  return {.processor = processor_name(),
          .cores = default_workers(),
          .kernel = system.release,
          .compiler = compiler_name(),
          .date = now_text()};
}

}  // namespace forkmap::bench
