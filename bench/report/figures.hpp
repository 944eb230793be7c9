// SPDX-License-Identifier: Apache-2.0
//
// What the bench measures and reports: rows of figures, and what they must reach.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace forkmap::bench {

// The runs of one thing, in the order in which they were made.
struct Figure {
  std::vector<double> runs = {};

  // All are 0 where nothing was run. The median of an even number of runs is the mean of the two in
  // the middle.
  [[nodiscard]] double median() const;
  [[nodiscard]] double min() const;
  [[nodiscard]] double max() const;
};

enum class Better : std::uint8_t { lower, higher };  // times, and rates

// What forkmap is held against.
enum class Kind : std::uint8_t {
  limit,   // of the machine: a ping-pong, a copy, a serial loop
  peer,    // a program or library that does the same work
  python,  // a pool of Python's, or of a package of Python's
  itself   // forkmap in another way
};

struct Contender {
  std::string name = {};
  std::string version = {};  // empty for limits and for forkmap itself
  Kind kind = Kind::peer;
  Figure figure = {};
};

enum class Relation : std::uint8_t { at_most, at_least };

// Named in targets instead of one contender: the best of all of Kind::python.
inline constexpr const char* kFastestPython = "fastest Python pool";

// A bound for our figure divided by the figure of `against`; for our figure itself if that is
// empty.
struct Target {
  Relation relation = Relation::at_most;
  double bound = 0;
  std::string against = {};
};

struct Row {
  std::string name = {};  // "round-trip-awake"
  std::string what = {};  // one sentence
  std::string unit = {};
  Better better = Better::lower;
  Figure ours = {};
  std::vector<Contender> against = {};
  std::vector<Target> targets = {};
  std::string note = {};   // what else was seen
  std::string error = {};  // why the row has no figures; empty if it has
};

// Where and how it was measured.
struct Machine {
  std::string processor = {};
  int cores = 0;
  std::string kernel = {};
  std::string compiler = {};
  std::string date = {};  // UTC, ISO 8601
};

struct Report {
  Machine machine = {};
  bool quick = false;
  bool peers = false;  // whether programs and Python pools were run, too
  int rounds = 0;
  std::vector<Row> rows = {};
};

[[nodiscard]] std::string to_string(Kind kind);
[[nodiscard]] std::string to_string(Better better);
[[nodiscard]] std::string to_string(Relation relation);  // "<=" or ">="

}  // namespace forkmap::bench
