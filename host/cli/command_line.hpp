// SPDX-License-Identifier: Apache-2.0
//
// The options of a command, and how its command line is read. CLI11, which does the reading, is
// dear to compile, so this room alone includes it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "host/cli/argument_separation.hpp"
#include "host/cli/help_layout.hpp"

namespace forkmap::host {

class CommandLine {
 public:
  using Use = std::function<void(const std::string& value)>;

  explicit CommandLine(HelpText text);
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;
  ~CommandLine();

  // Options that are added from now on stand below this heading of `--help`.
  void begin_group(const char* heading) { heading_ = heading; }

  // `names`: "-0,--null".
  void flag(const char* names, const char* help, bool& target);
  void flag(const char* names, const char* help, std::function<void()> use);
  // Takes one value; `placeholder` stands for it in `--help`.
  void value(const char* names, const char* placeholder, const char* help, const Use& use);
  // May be given any number of times, with one value each.
  void values(const char* names, const char* placeholder, const char* help, Use use);
  // Takes a whole number, lowest .. highest.
  void number(const char* names, const char* help, std::uint64_t lowest, std::uint64_t highest,
              std::function<void(std::uint64_t)> use);
  // The two may not be given together.
  void exclude(const char* name, const char* other);

  // Options come to their effect, words are given back. Nothing if help was asked for: it has then
  // been printed. Throws UsageError.
  [[nodiscard]] std::optional<SeparatedLine> read(std::span<const std::string> arguments);

 private:
  std::unique_ptr<CLI::App> app_;
  const char* heading_ = nullptr;  // null: CLI11's own
};

}  // namespace forkmap::host
