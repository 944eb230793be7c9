// SPDX-License-Identifier: Apache-2.0
//
// From the raw record of a crash to what people read.
#pragma once

#include <forkmap/crash_report.hpp>
#include <string>
#include <vector>

#include "core/lane/crash_record.hpp"
#include "core/plugin/loaded_objects.hpp"

namespace forkmap::pool {

// "SEGV_MAPERR: nothing is mapped at the address"; "sent by process 4711"; empty if there is
// nothing to say.
[[nodiscard]] std::string cause_text(const lane::CrashFacts& facts);

// What may be said of a death of which the worker's handler has left nothing; often empty. The
// kernel ends a process at once where a thread has no stack left for the handler; only the worker's
// own thread has another one for that.
[[nodiscard]] std::string unseen_cause_text(const CrashReport& report);

// "faulty.so: crash(long)+0x6 (0x4a56)", the last being the address as the file counts; for what is
// not known "libc.so.6: (0x8aeec)" or "0x7f0012345678, in no object that the host had loaded".
[[nodiscard]] std::string frame_text(const plugin::CodePlace& place);

// The frames without those of forkmap that called the function. `of_plugin`: the function is a
// plugin's, not one of the embedding program.
[[nodiscard]] std::vector<plugin::CodePlace> places_of(const lane::CrashFacts& facts,
                                                       const plugin::LoadedObjects& objects,
                                                       bool of_plugin);

// Where it was, by the innermost frame that is a plugin's (or else the innermost): "in faulty.so:
// crash(long)+0x6", "in libc.so.6: abort+0xd3, called from faulty.so: ...". Empty without frames.
[[nodiscard]] std::string place_text(const std::vector<plugin::CodePlace>& places);

// Fills what the handler has seen.
void add_facts(CrashReport& report, const lane::CrashFacts& facts,
               const plugin::LoadedObjects& objects, bool of_plugin);

// What follows in a message: "; stack overflow, in faulty.so: ...", "; address 0x0, in ...", or
// nothing.
[[nodiscard]] std::string where_text(const CrashReport& report);

}  // namespace forkmap::pool
