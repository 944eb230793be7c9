// SPDX-License-Identifier: Apache-2.0
//
// forkmap-bench: forkmap, its limits and its peers, measured in turn in one run.
// Exit status: 0; 1 if a row failed or, with --check, missed a target; 2 for a usage error.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iterator>

#include "bench/report/json_report.hpp"
#include "bench/report/judge.hpp"
#include "bench/report/machine.hpp"
#include "bench/report/markdown_table.hpp"
#include "bench/report/text_table.hpp"
#include "bench/rows/rows.hpp"
#include "bench/run/context.hpp"

namespace {

using namespace forkmap::bench;

struct Options {
  Settings settings;
  std::string json;
  std::vector<std::string> only;
  bool check = false;
  bool list = false;
  std::string table_of;
  std::string document;
  bool every_row = false;
};

void declare(CLI::App& app, Options& options) {
  Settings& settings = options.settings;
  app.add_option("--json", options.json, "write everything, all runs too, to FILE")
      ->type_name("FILE");
  app.add_option("--only", options.only, "rows whose name begins so; may be repeated")
      ->type_name("NAME");
  app.add_flag("--quick", settings.quick, "fewer items and 3 rounds; figures are less sure");
  app.add_flag("--check", options.check, "exit with 1 if a target is missed");
  app.add_flag("--with-peers", settings.peers, "programs and Python pools, too");
  app.add_option("--python", settings.python, "the Python that has joblib and mpi4py")
      ->type_name("PROGRAM")
      ->capture_default_str();
  app.add_option("--rounds", settings.rounds, "runs of each figure (5; quick: 3)")
      ->check(CLI::PositiveNumber);
  app.add_flag("--list", options.list, "name the rows, measure nothing");
  CLI::Option* table =
      app.add_option("--table", options.table_of,
                     "print the table for documents from a file that --json wrote; measure nothing")
          ->type_name("FILE")
          ->check(CLI::ExistingFile);
  app.add_flag("--every-row", options.every_row,
               "with that table: all rows, with names and targets")
      ->needs(table);
  app.add_option("--into", options.document, "put that table into a document instead")
      ->type_name("FILE")
      ->check(CLI::ExistingFile)
      ->needs(table);
  app.add_option("--scratch", settings.scratch, "where the text rows have their files")
      ->type_name("FOLDER")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
}

RowDefinitions chosen(const std::vector<std::string>& only) {
  RowDefinitions rows = all_rows();
  if (only.empty()) return rows;
  std::erase_if(rows, [&only](const RowDefinition& row) {
    return std::ranges::none_of(
        only, [&row](const std::string& begin) { return row.name.starts_with(begin); });
  });
  if (rows.empty()) throw CLI::ValidationError("--only", "no row's name begins so; see --list");
  return rows;
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path);
}

void give_table(const Options& options) {
  const std::string table = markdown_table(from_json(read_text(options.table_of)),
                                           options.every_row ? Choice::all : Choice::readme);
  if (options.document.empty()) {
    fmt::print("{}", table);
  } else {
    write_text(options.document, with_table(read_text(options.document), table));
  }
}

int run(const Options& options, const RowDefinitions& rows) {
  Context context(options.settings);
  Report report{.machine = describe_machine(),
                .quick = options.settings.quick,
                .peers = options.settings.peers,
                .rounds = options.settings.rounds};
  fmt::print("{}\n", heading_text(report));
  for (const RowDefinition& definition : rows) {
    fmt::print(stderr, "[{}/{}] {}\n", report.rows.size() + 1, rows.size(), definition.name);
    std::fflush(stdout);  // rows are measured in children, which would print it once more
    report.rows.push_back(measure(definition, context));
    fmt::print("{}\n", row_text(report.rows.back()));
  }
  fmt::print("{}", closing_text(report));
  if (!options.json.empty()) write_text(options.json, to_json(report));
  const bool failed =
      std::ranges::any_of(report.rows, [](const Row& row) { return !row.error.empty(); });
  return failed || (options.check && !passes(report, options.settings.peers)) ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  options.settings.command = FORKMAP_BENCH_COMMAND;
  options.settings.plugin = FORKMAP_BENCH_PLUGIN;
  options.settings.peer_scripts = FORKMAP_BENCH_PEERS;
  options.settings.scratch = std::filesystem::temp_directory_path();
  CLI::App app("Measures forkmap, its limits and its peers, in turn, in one run.", "forkmap-bench");
  declare(app, options);
  try {
    app.parse(argc, argv);
    if (!options.table_of.empty()) {
      give_table(options);
      return 0;
    }
    const RowDefinitions rows = chosen(options.only);
    if (options.settings.quick && app.count("--rounds") == 0) options.settings.rounds = 3;
    if (options.list) {
      for (const RowDefinition& row : rows) fmt::print("{}\n", row.name);
      return 0;
    }
    return run(options, rows);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "forkmap-bench: {}\n", error.what());
    return 1;
  }
}
