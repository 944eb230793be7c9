// SPDX-License-Identifier: Apache-2.0
//
// What nodes say to each other (docs/ARCHITECTURE.md has the table). Each message can be put into a
// frame and taken from one: `to_message` never fails, `from_message` gives a text that says why the
// message cannot be, or nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <forkmap/crash_report.hpp>
#include <forkmap/options.hpp>
#include <forkmap/outcome.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/node/frame.hpp"
#include "core/types/text_format.hpp"

namespace forkmap::node {

// Why a message was not understood; empty: it was.
using Fault = std::string;

struct OfferedFunction {
  std::string full_name = {};
  std::string signature = {};  // as to_text() writes it
  bool once = false;
  bool vectorized = false;
  friend bool operator==(const OfferedFunction&, const OfferedFunction&) = default;
};

struct OfferedPlugin {
  std::string name = {};
  std::string version = {};
  std::string path = {};
  std::string build_id = {};  // hex; empty if the file has none
  std::uint64_t size_bytes = 0;
  friend bool operator==(const OfferedPlugin&, const OfferedPlugin&) = default;
};

// What a process says of its code, by the names of plugins and libraries: contents as they were
// loaded, and where from ("/lib/x.so, 16384 bytes, hash 0123").
struct CodeFacts {
  using Facts = std::map<std::string, std::string>;
  Facts code = {};     // of the function's plugin, and of what came with it: must be the same
  Facts machine = {};  // of what was there before, and of the machine: may differ, and is told
  friend bool operator==(const CodeFacts&, const CodeFacts&) = default;
};

// Agent to coordinator, before its hello, if plugins may be sent to it: what it has of those that
// the run names. It waits for the answer.
struct HeldPlugin {
  std::string word = {};     // as the run names it
  std::string content = {};  // of its file ("16384 bytes, hash 0123"); empty: there is none
  friend bool operator==(const HeldPlugin&, const HeldPlugin&) = default;
};
struct HeldPlugins {
  std::vector<HeldPlugin> plugins = {};
  friend bool operator==(const HeldPlugins&, const HeldPlugins&) = default;
};

// The answer: what the agent is to load instead of what it has.
struct SentPlugin {
  std::string word = {};
  std::string file_name = {};  // without a folder
  std::string image = {};      // the file's bytes
  friend bool operator==(const SentPlugin&, const SentPlugin&) = default;
};
struct SentPlugins {
  std::vector<SentPlugin> plugins = {};
  friend bool operator==(const SentPlugins&, const SentPlugins&) = default;
};

// Agent to coordinator, first of all but for `held`.
struct Hello {
  std::string host = {};
  std::uint32_t processors = 0;
  std::uint32_t workers = 0;
  std::uint64_t generation = 0;
  std::uint64_t seed = 0;
  std::map<std::string, std::string> parameters = {};
  CodeFacts facts = {};
  std::vector<OfferedPlugin> plugins = {};
  std::vector<OfferedFunction> functions = {};
  friend bool operator==(const Hello&, const Hello&) = default;
};

// The answer: the frame's epoch and peer are those of all that follows.
struct Welcome {
  std::chrono::milliseconds beat_period{1000};
  std::chrono::milliseconds silence_limit{30000};  // the agent leaves after so much silence
  bool wants_events = false;                       // somebody watches the pool
  friend bool operator==(const Welcome&, const Welcome&) = default;
};

// The other answer. The agent leaves.
struct Refused {
  std::string why = {};
  friend bool operator==(const Refused&, const Refused&) = default;
};

// A map whose blocks will come.
struct OpenMap {
  std::uint64_t map = 0;
  std::string function = {};   // full name
  std::string signature = {};  // the agent opens no other
  types::TextRules text = {};
  bool wants_columns = false;  // results come as columns; else they are printed
  std::uint64_t index_stride = 1;
  std::uint64_t chunk = 0;
  int retries = 0;
  bool once = false;
  std::chrono::nanoseconds timeout{};
  int timeout_percent = 0;
};

// Rows for an agent: `count` lines, the first of which has this index in the whole input.
struct Block {
  std::uint64_t number = 0;  // each is sent once, so copies have numbers of their own
  std::uint64_t map = 0;
  std::uint64_t index = 0;
  std::uint32_t count = 0;
  // Lines without terminators, each behind its length: arguments may have any bytes in them.
  std::vector<std::byte> lines = {};
};

// Outcomes of consecutive rows of one block, from one worker. Values are printed, or columns, as
// the map wants them.
struct BlockPart {
  std::uint64_t block = 0;
  std::uint32_t row = 0;  // of the first
  int worker = -1;
  pid_t pid = 0;
  std::chrono::nanoseconds time{};        // that they took the worker together
  std::vector<std::uint8_t> status = {};  // 1: a value; one a row
  std::vector<std::uint64_t> ends = {};   // of each row's line in `text`; failed ones have none
  std::string text = {};                  // printed lines with terminators
  std::vector<std::byte> columns = {};    // or this: an image (result_image.hpp); empty: lines
  std::vector<ItemError> errors = {};     // of those that failed, in order
};

struct Parts {
  std::vector<BlockPart> parts = {};
};

struct Beat {
  std::uint64_t items_done = 0;
  std::uint32_t workers_up = 0;
  std::uint64_t queued_rows = 0;
  std::uint64_t echo = 0;          // of the last ping ...
  std::uint64_t echo_held_ns = 0;  // ... which came so long ago
  std::uint64_t time_ns = 0;       // of the agent's clock
  double load = 0;                 // of its machine, in the last minute
  std::uint64_t free_memory_bytes = 0;
  // The first of them; at most once a second.
  std::optional<std::vector<WorkerInfo>> workers = {};
};
inline constexpr std::size_t kMostBeatWorkers = 64;

struct Ping {
  std::uint64_t time_ns = 0;  // of the coordinator's clock
};

// Rows of this block that nobody has begun are to come back.
struct RecallBlock {
  std::uint64_t block = 0;
};
struct ReturnedRows {
  std::uint64_t block = 0;
  std::uint32_t row = 0;
  std::uint32_t count = 0;
};

// The map is cancelled: what runs may go on for `grace`.
struct CancelMap {
  std::uint64_t map = 0;
  std::chrono::nanoseconds grace{};
};
// No more blocks of the map will come.
struct CloseMap {
  std::uint64_t map = 0;
};

// What workers of an agent have printed, in order: bytes as they came, or lines with their worker
// (WorkerOutput::tag).
struct PrintedLine {
  int worker = 0;
  pid_t pid = 0;
  std::string line = {};
};
struct Printed {
  std::uint64_t cut_bytes = 0;  // before it, that nobody has
  std::string bytes = {};
  std::vector<PrintedLine> lines = {};
};
inline constexpr std::uint64_t kMostPrintedBytes = std::uint64_t{1} << 20U;

// A worker has died while a row ran. The row has no outcome yet, and is that with which the report
// begins.
struct Crash {
  std::uint64_t block = 0;
  std::uint32_t row = 0;
  CrashReport report = {};
};
inline constexpr std::uint64_t kMostCrashBytes = std::uint64_t{1} << 20U;

// The last message of an agent. `why` is empty if it was asked to leave.
struct Bye {
  std::string why = {};
  std::uint64_t items_done = 0;
};

// pause, resume and shutdown have no more than their types.
[[nodiscard]] Message to_message(FrameType type);

[[nodiscard]] Message to_message(const HeldPlugins& held);
[[nodiscard]] Message to_message(const SentPlugins& sent);
[[nodiscard]] Message to_message(const Hello& hello);
[[nodiscard]] Message to_message(const Welcome& welcome);
[[nodiscard]] Message to_message(const Refused& refused);
[[nodiscard]] Message to_message(const OpenMap& open);
[[nodiscard]] Message to_message(Block&& block);
[[nodiscard]] Message to_message(const Parts& parts);
[[nodiscard]] Message to_message(const Beat& beat);
[[nodiscard]] Message to_message(const Ping& ping);
[[nodiscard]] Message to_message(const RecallBlock& recall);
[[nodiscard]] Message to_message(const ReturnedRows& returned);
[[nodiscard]] Message to_message(const CancelMap& cancel);
[[nodiscard]] Message to_message(const CloseMap& close);
[[nodiscard]] Message to_message(const Bye& bye);
[[nodiscard]] Message to_message(const Printed& printed);
[[nodiscard]] Message to_message(const Crash& crash);

// The message has the type of `to`.
[[nodiscard]] Fault from_message(const Message& message, HeldPlugins& to);
[[nodiscard]] Fault from_message(const Message& message, SentPlugins& to);
[[nodiscard]] Fault from_message(const Message& message, Hello& to);
[[nodiscard]] Fault from_message(const Message& message, Welcome& to);
[[nodiscard]] Fault from_message(const Message& message, Refused& to);
[[nodiscard]] Fault from_message(const Message& message, OpenMap& to);
[[nodiscard]] Fault from_message(Message&& message, Block& to);
[[nodiscard]] Fault from_message(const Message& message, Parts& to);
[[nodiscard]] Fault from_message(const Message& message, Beat& to);
[[nodiscard]] Fault from_message(const Message& message, Ping& to);
[[nodiscard]] Fault from_message(const Message& message, RecallBlock& to);
[[nodiscard]] Fault from_message(const Message& message, ReturnedRows& to);
[[nodiscard]] Fault from_message(const Message& message, CancelMap& to);
[[nodiscard]] Fault from_message(const Message& message, CloseMap& to);
[[nodiscard]] Fault from_message(const Message& message, Bye& to);
[[nodiscard]] Fault from_message(const Message& message, Printed& to);
[[nodiscard]] Fault from_message(const Message& message, Crash& to);

}  // namespace forkmap::node
