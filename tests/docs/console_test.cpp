// SPDX-License-Identifier: Apache-2.0
// What the documents say that commands print is what they print.
#include <filesystem>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/docs/console.hpp"
#include "tests/docs/markdown.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::docs;

namespace {

namespace fs = std::filesystem;

const fs::path kRoot = FORKMAP_SOURCE_DIR;

// The repository as the documents see it: built into build/release, with the sources of the
// examples at hand.
void lay_out(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(kRoot)) {
    const std::string name = entry.path().filename().string();
    if (name != "build") fs::create_symlink(entry.path(), folder / name);
  }
  fs::create_directory(folder / "build");
  fs::create_symlink(fs::path(FORKMAP_COMMAND).parent_path().parent_path(),
                     folder / "build/release");
  for (const auto& entry : fs::directory_iterator(kRoot / "tests/docs/examples")) {
    fs::copy(entry.path(), folder);
  }
}

std::vector<std::string> normalised_lines(std::vector<std::string> lines, const fs::path& folder) {
  for (std::string& line : lines) line = normalised(std::move(line), folder);
  return lines;
}

std::string text_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "  " + line + "\n";
  return text;
}

// Returns how many commands were compared.
std::size_t check_document(const Document& document) {
  std::vector<ConsoleStep> steps;
  std::vector<std::string> commands;
  for (const Block& block : document.blocks) {
    if (block.note != "run") continue;
    for (ConsoleStep& step : parse_console(block.text)) {
      commands.push_back(step.command);
      steps.push_back(std::move(step));
    }
  }
  if (steps.empty()) return 0;
  const forkmap::cli::TestFolder place;
  const fs::path folder = fs::canonical(place.path());
  lay_out(folder);
  const std::vector<Printed> all = run_console(commands, folder);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Printed printed = {normalised_lines(all[i].output, folder),
                             normalised_lines(all[i].errors, folder)};
    INFO(document.path.string() << "\n$ " << steps[i].command << "\nprints\n"
                                << text_of(all[i].output) << "and on standard error\n"
                                << text_of(all[i].errors) << "not\n"
                                << text_of(steps[i].printed));
    CHECK(is_merge(normalised_lines(steps[i].printed, folder), printed));
  }
  return steps.size();
}

}  // namespace

TEST_CASE("the commands of the documents print what the documents show") {
  std::size_t compared = 0;
  for (const Document& document : read_documents(kRoot)) compared += check_document(document);
  CHECK(compared > 0);
}
