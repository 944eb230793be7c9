// SPDX-License-Identifier: Apache-2.0
//
// descriptors: functions that write to and close descriptors that are not theirs, and say which
// ones there are; and descriptors of the plugin's own, from its constructor and from its hooks.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <forkmap/plugin.hpp>

namespace {

int memory_file(const char* name, const std::string& text) {
  const int fd = ::memfd_create(name, MFD_CLOEXEC);
  if (fd < 0 || ::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw std::runtime_error("cannot make a memory file");
  }
  return fd;
}

const int of_constructor = memory_file("of-constructor", "constructor");
int of_preload = -1;
int of_start = -1;

// To every descriptor from 1 to `last`.
std::int64_t scribble(std::int64_t last) {
  for (int fd = 1; fd <= last; ++fd) {
    if (::write(fd, "abc", 3) < 0) continue;
  }
  return last;
}

// On both streams, so many lines.
std::int64_t print(std::int64_t lines) {
  for (std::int64_t i = 0; i < lines; ++i) {
    std::printf("to standard output\n");
    std::fprintf(stderr, "to standard error\n");
    std::fflush(stdout);
  }
  return lines;
}

// As a library that closes what it has opened twice, wherever the number may have gone meanwhile.
std::int64_t close_twice(std::int64_t last) {
  for (int fd = 3; fd <= last; ++fd) {
    ::close(fd);
    ::close(fd);
  }
  return last;
}

// What the descriptors from 3 on lead to, by their kind.
std::string held(std::int64_t) {
  std::string text;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (std::stoi(entry.path().filename()) < 3) continue;
    const auto target = std::filesystem::read_symlink(entry.path(), gone);
    if (gone || target.string().starts_with("/proc/")) continue;
    text += target.string() + ";";
  }
  return text;
}

// The same, of a program that the function starts.
std::string held_by_program(std::int64_t) {
  std::FILE* const output = ::popen("ls -l /proc/self/fd", "re");
  if (output == nullptr) throw std::runtime_error("cannot run ls");
  std::string text;
  std::array<char, 4096> line;
  while (std::fgets(line.data(), line.size(), output) != nullptr) {
    const std::string read = line.data();
    const auto arrow = read.find(" -> ");
    if (arrow == std::string::npos) continue;
    const int number = std::stoi(read.substr(read.rfind(' ', arrow - 1) + 1));
    if (number > 2) text += read.substr(arrow + 4, read.size() - arrow - 5) + ";";
  }
  ::pclose(output);
  return text;
}

std::string content(int fd) {
  std::array<char, 64> text;
  const ssize_t size = ::pread(fd, text.data(), text.size(), 0);
  return size < 0 ? "closed" : std::string(text.data(), static_cast<std::size_t>(size));
}

std::string own(std::int64_t) {
  return content(of_constructor) + " " + content(of_preload) + " " + content(of_start);
}

// Of a descriptor that whoever started the run has given a number.
std::string read_from(std::int64_t fd) {
  std::array<char, 64> text;
  const ssize_t size = ::read(static_cast<int>(fd), text.data(), text.size());
  return size < 0 ? "closed" : std::string(text.data(), static_cast<std::size_t>(size));
}

}  // namespace

FORKMAP_PLUGIN("descriptors", "1.0",
               forkmap::preload<[] { of_preload = memory_file("of-preload", "preload"); }>(),
               forkmap::start<[] { of_start = memory_file("of-start", "start"); }>(),
               forkmap::function<scribble>("scribble", "Write to all descriptors up to this one."),
               forkmap::function<print>("print", "Print so many lines on both streams."),
               forkmap::function<close_twice>("close_twice", "Close those from 3 on, twice."),
               forkmap::function<held>("held", "Return what the descriptors lead to."),
               forkmap::function<held_by_program>("held_by_program", "The same, of a program."),
               forkmap::function<own>("own", "Return what is in the plugin's own files."),
               forkmap::function<read_from>("read_from", "Read from a descriptor."))
