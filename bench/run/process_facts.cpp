// SPDX-License-Identifier: Apache-2.0
#include "bench/run/process_facts.hpp"

#include <unistd.h>

#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>

namespace forkmap::bench {

namespace {

std::ifstream open_fact(pid_t pid, const char* name) {
  const std::string path = "/proc/" + std::to_string(pid) + "/" + name;
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  return file;
}

}  // namespace

std::uint64_t cpu_ns_of(pid_t pid) {
  std::ifstream file = open_fact(pid, "schedstat");
  std::uint64_t on_processor_ns = 0;
  file >> on_processor_ns;
  return on_processor_ns;
}

std::uint64_t resident_bytes_of(pid_t pid) {
  std::ifstream file = open_fact(pid, "statm");
  std::uint64_t size_pages = 0;
  std::uint64_t resident_pages = 0;
  file >> size_pages >> resident_pages;
  return resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

pid_t parent_of(pid_t pid) {
  std::ifstream file = open_fact(pid, "stat");
  file.ignore(std::numeric_limits<std::streamsize>::max(), ')');  // the name may hold anything else
  char state = 0;
  pid_t parent = 0;
  file >> state >> parent;
  return parent;
}

}  // namespace forkmap::bench
