// SPDX-License-Identifier: Apache-2.0
#include "core/pool/crash_description.hpp"

#include <csignal>

#include "tests/catch.hpp"

using namespace forkmap;
using namespace forkmap::pool;
using plugin::CodePlace;

namespace {

CodePlace plugin_place(const std::string& function) {
  return {.object = "/plugins/simulate.so",
          .is_plugin = true,
          .in_file = 0x1234,
          .function = function,
          .in_function = 0x10};
}

const CodePlace kLibrary{.object = "/lib/libc.so.6", .in_file = 0x99, .function = "abort"};

}  // namespace

TEST_CASE("the cause of a signal is told by its code, or by who sent it") {
  CHECK_THAT(cause_text({.signal = SIGSEGV, .code = SEGV_MAPERR}),
             Catch::StartsWith("SEGV_MAPERR: "));
  CHECK_THAT(cause_text({.signal = SIGFPE, .code = FPE_INTDIV}), Catch::StartsWith("FPE_INTDIV: "));
  CHECK(cause_text({.signal = SIGSEGV, .code = 77}) == "code 77");
  CHECK(cause_text({.signal = SIGSEGV, .code = SI_USER, .sender_pid = 12}) == "sent by process 12");
  CHECK(cause_text({.signal = SIGABRT, .code = SI_TKILL, .sender_pid = 12}).empty());
}

TEST_CASE("a frame is told with file, function and address, as far as they are known") {
  CHECK(frame_text(plugin_place("f(long)")) == "simulate.so: f(long)+0x10 (0x1234)");
  CHECK(frame_text(plugin_place("")) == "simulate.so: (0x1234)");
  CHECK(frame_text({.in_file = 0x7f00}) == "0x7f00, in no object that the host had loaded");
}

TEST_CASE("a function that was inlined into its loop is told by its own name") {
  const std::string loop =
      "int forkmap::detail::run_chunk_of<long (long), "
      "forkmap::detail::StaticFunction<&(ns::f(std::vector<int>))> const>(int, forkmap_chunk*)";
  CHECK(frame_text(plugin_place(loop)) ==
        "simulate.so: ns::f(std::vector<int>) (in its loop)+0x10 (0x1234)");
  CHECK(frame_text(plugin_place("int forkmap::detail::run_x<&")) ==
        "simulate.so: int forkmap::detail::run_x<&+0x10 (0x1234)");
}

TEST_CASE("the place is that of the innermost frame of a plugin, and what it had called") {
  CHECK(place_text({}).empty());
  CHECK(place_text({plugin_place("f"), plugin_place("g")}) == "in simulate.so: f+0x10");
  CHECK(place_text({{.in_file = 9}, kLibrary, plugin_place("f"), plugin_place("g")}) ==
        "in libc.so.6: abort+0x0, called from simulate.so: f+0x10");
  CHECK(place_text({kLibrary}) == "in libc.so.6: abort+0x0");
}

TEST_CASE("a recursion is one line of the frames") {
  const plugin::RegistryTable table;
  const plugin::LoadedObjects objects(table);
  CrashReport report;
  add_facts(report, {.signal = SIGSEGV, .code = SEGV_MAPERR, .frames = {0x10, 0x20, 0x20, 0x20}},
            objects, true);
  CHECK(report.frames ==
        std::vector<std::string>{"0x10, in no object that the host had loaded",
                                 "0x20, in no object that the host had loaded (3 times)"});
}

TEST_CASE("a message has the overflow, or the address of a fault of access, and the place") {
  CrashReport report;
  CHECK(where_text(report).empty());
  report.signal = SIGSEGV;
  report.address = 0;
  report.place = "in simulate.so: f+0x10";
  CHECK(where_text(report) == "; address 0x0, in simulate.so: f+0x10");
  report.stack_overflow = true;
  CHECK(where_text(report) == "; stack overflow, in simulate.so: f+0x10");
  report.stack_overflow = false;
  report.signal = SIGFPE;
  report.thread = 5;
  CHECK(where_text(report) == "; in simulate.so: f+0x10, thread 5");
}
