// SPDX-License-Identifier: Apache-2.0
//
// foreign: functions whose texts are not fit to be shown, exceptions without one, and functions
// that say on standard error why they fail.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

#include <forkmap/plugin.hpp>

namespace foreign {

struct MuteError : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return nullptr; }
};

struct EmptyError : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return ""; }
};

struct BareValue {
  int number;
};

}  // namespace foreign

namespace {

// As a parser of escapes has it, so that a test's command line stays readable.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t place = 0; place < text.size(); ++place) {
    if (text[place] == '%' && place + 2 < text.size()) {
      out += static_cast<char>(std::stoi(std::string(text.substr(place + 1, 2)), nullptr, 16));
      place += 2;
    } else {
      out += text[place];
    }
  }
  return out;
}

std::int64_t say(std::string_view text) { throw std::runtime_error(unescaped(text)); }
std::string give(std::string_view text) { return unescaped(text); }
std::int64_t mute(std::int64_t x) {
  if (x == 3) throw foreign::MuteError{};
  return x;
}
std::int64_t empty(std::int64_t x) {
  if (x == 3) throw foreign::EmptyError{};
  return x;
}
std::int64_t bare(std::int64_t x) {
  if (x == 3) throw foreign::BareValue{7};
  return x;
}

// "VERB:WORDS": prints the words on standard error, then does what the verb says. "quiet" prints
// nothing.
std::string talk(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view verb = text.substr(0, colon);
  const std::string words = unescaped(text.substr(colon + 1));
  if (verb == "flood") {  // so many bytes, and no newline
    std::string part(std::size_t{1} << 16U, '.');
    for (std::size_t left = std::stoul(words); left > 0;) {
      const std::size_t size = left < part.size() ? left : part.size();
      if (::write(STDERR_FILENO, part.data(), size) != static_cast<ssize_t>(size)) std::abort();
      left -= size;
    }
    return "flooded";
  }
  if (verb != "quiet") std::fputs((words + "\n").c_str(), stderr);
  if (verb == "fail" || verb == "quiet") throw std::runtime_error("it failed");
  if (verb == "crash") std::abort();
  if (verb == "exit") std::exit(7);
  if (verb == "hang") {
    for (;;) ::pause();
  }
  return std::string(verb);
}

// Two faults, in functions of their own so that a backtrace tells them apart.
__attribute__((noinline, no_sanitize("undefined"))) void first_fault() {
  volatile int* volatile nothing = nullptr;
  *nothing = 1;
}
__attribute__((noinline)) void second_fault() { std::abort(); }
std::int64_t two_faults(std::int64_t x) {
  if (x % 3 == 0) first_fault();
  if (x % 3 == 1) second_fault();
  return x;
}

void start() {
  if (const auto text = forkmap::parameter("start")) throw std::runtime_error(unescaped(*text));
  if (forkmap::parameter("start_mute")) throw foreign::MuteError{};
}

}  // namespace

FORKMAP_PLUGIN("foreign", "1.0",
               forkmap::function<say>("say", "Throw the text.\033[31m\r\xff\nforkmap: a line"),
               forkmap::function<give>("give", "Return the text."),
               forkmap::function<mute>("mute", "Throw, with a what() that is null, on 3."),
               forkmap::function<empty>("empty", "Throw, with a what() that is empty, on 3."),
               forkmap::function<bare>("bare", "Throw a struct on 3."),
               forkmap::function<talk>("talk", "Print, and then fail in one way or another."),
               forkmap::function<two_faults>("two_faults", "Crash in one of two ways."),
               forkmap::start<start>())
