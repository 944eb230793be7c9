// SPDX-License-Identifier: Apache-2.0
#include "core/pool/crash_description.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <string_view>

#include "core/base/file_name.hpp"
#include "core/process/zygote.hpp"

namespace forkmap::pool {

namespace {

constexpr std::size_t kLongestFunctionBytes = 240;

struct Code {
  int signal;
  int code;
  std::string_view text;
};

constexpr int kSeccompCode = 1;  // SYS_SECCOMP, which the C library does not declare

constexpr std::array kCodes = {
    Code{SIGSEGV, SEGV_MAPERR, "SEGV_MAPERR: nothing is mapped at the address"},
    Code{SIGSEGV, SEGV_ACCERR, "SEGV_ACCERR: the memory may not be used in this way"},
    Code{SIGSEGV, SI_KERNEL, "SI_KERNEL: no address at all (not canonical), or a forbidden one"},
    Code{SIGBUS, BUS_ADRALN, "BUS_ADRALN: the address is not aligned"},
    Code{SIGBUS, BUS_ADRERR, "BUS_ADRERR: beyond the end of a mapped file"},
    Code{SIGBUS, BUS_OBJERR, "BUS_OBJERR: an error of the hardware"},
    Code{SIGFPE, FPE_INTDIV, "FPE_INTDIV: an integer was divided by zero, or the result overflows"},
    Code{SIGFPE, FPE_INTOVF, "FPE_INTOVF: an integer overflowed"},
    Code{SIGFPE, FPE_FLTDIV, "FPE_FLTDIV: a floating-point number was divided by zero"},
    Code{SIGFPE, FPE_FLTOVF, "FPE_FLTOVF: a floating-point overflow"},
    Code{SIGFPE, FPE_FLTUND, "FPE_FLTUND: a floating-point underflow"},
    Code{SIGFPE, FPE_FLTINV, "FPE_FLTINV: an invalid floating-point operation"},
    Code{SIGILL, ILL_ILLOPC, "ILL_ILLOPC: no such instruction"},
    Code{SIGILL, ILL_ILLOPN, "ILL_ILLOPN: no such operand"},
    Code{SIGILL, ILL_PRVOPC, "ILL_PRVOPC: a privileged instruction"},
    Code{SIGSYS, kSeccompCode, "SYS_SECCOMP: a seccomp filter forbids the system call"},
    Code{SIGTRAP, TRAP_BRKPT, "TRAP_BRKPT: a breakpoint"},
    Code{SIGTRAP, SI_KERNEL, "a breakpoint instruction"},
};

std::string hex(std::uint64_t number) {
  std::array<char, 18> text{'0', 'x'};
  const auto end = std::to_chars(text.data() + 2, text.data() + text.size(), number, 16).ptr;
  return {text.data(), end};
}

// The header's loop of a function that was inlined into it bears the function in its own name.
std::string without_loop(const std::string& name) {
  constexpr std::string_view kLoop = "int forkmap::detail::run_";
  constexpr std::string_view kCallable = "StaticFunction<&";
  if (!name.starts_with(kLoop)) return name;
  std::size_t begin = name.find(kCallable);
  if (begin == std::string::npos) return name;
  begin += kCallable.size();
  const std::string_view after = std::string_view(name).substr(begin);
  const bool in_parentheses = after.starts_with('(') && !after.starts_with("(anonymous namespace)");
  if (in_parentheses) ++begin;
  int depth = 0;
  for (std::size_t at = begin; at < name.size(); ++at) {
    const char letter = name[at];
    if (letter == '(' || letter == '<') ++depth;
    if (letter != ')' && letter != '>') continue;
    if (--depth < 0) return name.substr(begin, at - begin) + " (in its loop)";
  }
  return name;
}

std::string cut(std::string text) {
  if (text.size() <= kLongestFunctionBytes) return text;
  text.resize(kLongestFunctionBytes);
  return text + "...";
}

// "faulty.so: crash(long)+0x6", or the file alone.
std::string function_text(const plugin::CodePlace& place) {
  if (place.object.empty()) return hex(place.in_file);
  if (place.function.empty()) return std::string(base::file_name(place.object));
  return std::string(base::file_name(place.object)) + ": " + cut(without_loop(place.function)) +
         "+" + hex(place.in_function);
}

bool is_caller_of_functions(const plugin::CodePlace& place) {
  constexpr std::array<std::string_view, 4> kOwn = {
      "forkmap::pool::", "forkmap::types::", "forkmap::process::", "forkmap::detail::run_"};
  return place.is_forkmap && std::ranges::any_of(kOwn, [&](std::string_view own) {
           return place.function.find(own) != std::string::npos;
         });
}

// Frames from the outermost of the function on are forkmap's loops, and whoever made the pool.
std::size_t frames_of_function(const std::vector<plugin::CodePlace>& places, bool of_plugin) {
  if (of_plugin) {
    const auto outermost =
        std::find_if(places.rbegin(), places.rend(), [](const auto& p) { return p.is_plugin; });
    return static_cast<std::size_t>(places.rend() - outermost);
  }
  const auto loop = std::ranges::find_if(places, is_caller_of_functions);
  return static_cast<std::size_t>(loop - places.begin());
}

}  // namespace

std::string unseen_cause_text(const CrashReport& report) {
  if (report.signal != SIGSEGV) return {};
  return "no handler of the signal could run, so that the place is not known: a thread of the "
         "function may have used up its stack, or the handler was replaced";
}

std::string cause_text(const lane::CrashFacts& facts) {
  if (facts.code <= 0) {
    if (facts.signal == process::kStackSignal) return {};  // nothing but a question
    if (facts.sender_pid <= 0 || facts.signal == SIGABRT) return {};
    return "sent by process " + std::to_string(facts.sender_pid);
  }
  for (const Code& each : kCodes) {
    if (each.signal == facts.signal && each.code == facts.code) return std::string(each.text);
  }
  return "code " + std::to_string(facts.code);
}

std::string frame_text(const plugin::CodePlace& place) {
  if (place.object.empty()) {
    return hex(place.in_file) + ", in no object that the host had loaded";
  }
  if (place.function.empty()) return function_text(place) + ": (" + hex(place.in_file) + ")";
  return function_text(place) + " (" + hex(place.in_file) + ")";
}

std::vector<plugin::CodePlace> places_of(const lane::CrashFacts& facts,
                                         const plugin::LoadedObjects& objects, bool of_plugin) {
  std::vector<plugin::CodePlace> places;
  places.reserve(facts.frames.size());
  for (const std::uint64_t frame : facts.frames) {
    places.push_back(objects.find(frame, !places.empty()));
  }
  // Of an exit the handlers come first, which are forkmap's own.
  if (facts.signal == 0) {
    const auto first = std::ranges::find_if(places, [](const auto& p) { return !p.is_forkmap; });
    places.erase(places.begin(), first);
  }
  // In a thread, or where forkmap itself has crashed, there is nothing of the function: all stay.
  if (const std::size_t kept = frames_of_function(places, of_plugin); kept > 0) {
    places.resize(kept);
  }
  return places;
}

std::string place_text(const std::vector<plugin::CodePlace>& places) {
  if (places.empty()) return {};
  const auto plugin = std::ranges::find_if(places, [](const auto& p) { return p.is_plugin; });
  if (plugin == places.end() || plugin == places.begin()) {
    return "in " + function_text(places.front());
  }
  return "in " + function_text(*std::prev(plugin)) + ", called from " + function_text(*plugin);
}

void add_facts(CrashReport& report, const lane::CrashFacts& facts,
               const plugin::LoadedObjects& objects, bool of_plugin) {
  report.cause = cause_text(facts);
  report.stack_overflow = facts.stack_overflow;
  if (facts.address) report.address = static_cast<std::uintptr_t>(*facts.address);
  if (facts.thread != 0) report.thread = facts.thread;
  if (facts.program_counter != 0) {
    report.program_counter = static_cast<std::uintptr_t>(facts.program_counter);
    report.stack_pointer = static_cast<std::uintptr_t>(facts.stack_pointer);
  }
  const std::vector<plugin::CodePlace> places = places_of(facts, objects, of_plugin);
  report.place = place_text(places);
  for (auto place = places.begin(); place != places.end();) {
    // A recursion is one line.
    const std::string text = frame_text(*place);
    const auto next = std::find_if(place, places.end(),
                                   [&](const auto& other) { return frame_text(other) != text; });
    const auto times = next - place;
    report.frames.push_back(times == 1 ? text : text + " (" + std::to_string(times) + " times)");
    place = next;
  }
}

std::string where_text(const CrashReport& report) {
  std::string text;
  const bool is_access = report.signal == SIGSEGV || report.signal == SIGBUS;
  if (report.stack_overflow) {
    text = "stack overflow";
  } else if (report.address && is_access) {
    text = "address " + hex(*report.address);
  }
  const auto add = [&text](const std::string& part) {
    if (!text.empty() && !part.empty()) text += ", ";
    text += part;
  };
  add(report.place);
  if (report.thread) add("thread " + std::to_string(*report.thread));
  if (!report.program_counter && report.frames.empty()) add(report.cause);  // all that is known
  return text.empty() ? text : "; " + text;
}

}  // namespace forkmap::pool
