// SPDX-License-Identifier: Apache-2.0
#include "core/base/stdio_streams.hpp"

#include <dlfcn.h>
#include <stdio_ext.h>
#include <sys/stat.h>

#include <cstdio>
#include <iostream>

namespace forkmap::base {

namespace {

// The C library's list of streams, which its headers describe (FILE::_chain) and which it exports;
// null where it does not. By dlsym: a direct reference would be a copy of the variable, made when
// the program was started.
FILE* const* list_of_streams() noexcept {
  static FILE* const* const list =
      reinterpret_cast<FILE* const*>(::dlsym(RTLD_DEFAULT, "_IO_list_all"));
  return list;
}

// A folder has a link from each folder in it, and two of its own. Without /proc: not known.
bool has_one_thread() noexcept {
  struct stat threads{};
  return ::stat("/proc/self/task", &threads) == 0 && threads.st_nlink == 3;
}

void flush_unless_in_use(FILE* stream) noexcept {
  if (::ftrylockfile(stream) != 0) return;
  ::fflush_unlocked(stream);
  ::funlockfile(stream);
}

}  // namespace

void flush_before_fork() noexcept {
  (void)list_of_streams();  // asked for now, because a new process may not ask the dynamic loader
  if (has_one_thread()) {
    // What the C++ library looks up for that at its first call is inherited, too.
    flush_all_streams();
    return;
  }
  flush_unless_in_use(stdout);
  flush_unless_in_use(stderr);
}

void discard_unwritten() noexcept {
  for (FILE* const stream : {stdin, stdout, stderr}) {
    ::__fpurge(stream);
    std::clearerr(stream);
  }
  if (list_of_streams() == nullptr) return;
  for (FILE* stream = *list_of_streams(); stream != nullptr; stream = stream->_chain) {
    if (::__fpending(stream) != 0) ::__fpurge(stream);
  }
}

void flush_all_streams() noexcept {
  try {
    for (std::ostream* const stream : {&std::cout, &std::cerr, &std::clog}) stream->flush();
  } catch (...) {
    // A stream that throws (exceptions() was called) has set its badbit; there is no other to tell.
    std::fputs("forkmap: a C++ stream cannot be flushed\n", stderr);
  }
  std::fflush(nullptr);
}

}  // namespace forkmap::base
