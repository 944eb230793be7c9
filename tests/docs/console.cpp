// SPDX-License-Identifier: Apache-2.0
#include "tests/docs/console.hpp"

#include <fstream>
#include <regex>
#include <set>
#include <stdexcept>
#include <tuple>

#include "tests/docs/markdown.hpp"
#include "tests/kit/child_process.hpp"

namespace forkmap::docs {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrompt = "$ ";
constexpr std::string_view kContinuation = "> ";
constexpr std::string_view kAnyLines = "...";

std::string stream_file(const char* stream, std::size_t step) {
  return ".printed/" + std::string(stream) + "." + std::to_string(step);
}

void replace_all(std::string& text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

}  // namespace

std::vector<ConsoleStep> parse_console(std::string_view text) {
  std::vector<ConsoleStep> steps;
  for (const std::string& line : split_lines(text)) {
    if (line.starts_with(kPrompt)) {
      steps.push_back({line.substr(kPrompt.size()), {}});
    } else if (steps.empty()) {
      throw std::runtime_error("a console block begins with a command, not with: " + line);
    } else if (line.starts_with(kContinuation) && steps.back().printed.empty()) {
      steps.back().command += "\n" + line.substr(kContinuation.size());
    } else {
      steps.back().printed.push_back(line);
    }
  }
  return steps;
}

std::vector<Printed> run_console(const std::vector<std::string>& commands, const fs::path& folder) {
  fs::create_directories(folder / ".printed");
  std::string script = "status=0\n";
  for (std::size_t step = 0; step < commands.size(); ++step) {
    script += "(exit \"$status\")\n{\n" + commands[step] + "\n} >" + stream_file("output", step) +
              " 2>" + stream_file("errors", step) + "\nstatus=$?\n";
  }
  script += "echo the end\n";
  std::ofstream(folder / ".printed/script") << script;

  const fs::path bin = fs::path(FORKMAP_COMMAND).parent_path();
  const char* const path = std::getenv("PATH");
  cli::Launch launch;
  launch.command = {"/bin/bash", ".printed/script"};
  launch.environment = {{"PATH", bin.string() + ":" + (path == nullptr ? "/usr/bin:/bin" : path)}};
  launch.folder = folder.string();
  const cli::Ended ended = cli::ChildProcess(launch).finish();
  if (ended.output != "the end\n") {
    throw std::runtime_error("the shell ended early, with status " + std::to_string(ended.status) +
                             ": " + ended.errors);
  }
  std::vector<Printed> all;
  for (std::size_t step = 0; step < commands.size(); ++step) {
    all.push_back({split_lines(read_text(folder / stream_file("output", step))),
                   split_lines(read_text(folder / stream_file("errors", step)))});
  }
  return all;
}

std::string normalised(std::string line, const fs::path& folder) {
  static const std::regex process(R"(\b(worker|pid|process) [0-9]+)");
  static const std::regex processes(R"(\bpids( [0-9]+)+)");
  static const std::regex address("\\b0x[0-9a-f]+");
  static const std::regex build_id("\\b[0-9a-f]{40}\\b");
  const std::string build = fs::path(FORKMAP_COMMAND).parent_path().parent_path().string();
  replace_all(line, build, "build/release");
  replace_all(line, folder.string() + "/", "");
  replace_all(line, std::string(FORKMAP_SOURCE_DIR) + "/", "");
  line = std::regex_replace(line, process, "$1 N");
  line = std::regex_replace(line, processes, "pids N");
  line = std::regex_replace(line, address, "0xN");
  return std::regex_replace(line, build_id, "BUILD-ID");
}

bool is_merge(const std::vector<std::string>& expected, const Printed& printed) {
  // How far one may have come in the lines of expected, output and errors.
  using Place = std::tuple<std::size_t, std::size_t, std::size_t>;
  std::set<Place> open = {{0, 0, 0}};
  while (!open.empty()) {
    const auto [line, out, err] = open.extract(open.begin()).value();
    const bool output_left = out < printed.output.size();
    const bool errors_left = err < printed.errors.size();
    if (line == expected.size()) {
      if (!output_left && !errors_left) return true;
      continue;
    }
    if (expected[line] == kAnyLines) {
      open.emplace(line + 1, out, err);
      if (output_left) open.emplace(line, out + 1, err);
      if (errors_left) open.emplace(line, out, err + 1);
      continue;
    }
    if (output_left && expected[line] == printed.output[out]) open.emplace(line + 1, out + 1, err);
    if (errors_left && expected[line] == printed.errors[err]) open.emplace(line + 1, out, err + 1);
  }
  return false;
}

}  // namespace forkmap::docs
