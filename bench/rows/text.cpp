// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "bench/limits/memory.hpp"
#include "bench/rows/rows.hpp"
#include "bench/run/child.hpp"
#include "bench/run/context.hpp"
#include "bench/run/stopwatch.hpp"

namespace forkmap::bench {

namespace {

namespace fs = std::filesystem;

// Files of one row, gone with it.
class Scratch {
 public:
  explicit Scratch(const fs::path& folder) {
    std::string name = (folder / "forkmap-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::runtime_error("no folder for files can be made in " + folder.string());
    }
    folder_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] std::string operator/(const char* name) const { return (folder_ / name).string(); }

 private:
  fs::path folder_;
};

// Writes `count` lines; line(i) gives the text of one.
template <class Line>
void write_lines(const std::string& file, std::size_t count, Line line) {
  std::string text;
  std::ofstream out(file, std::ios::binary);
  for (std::size_t number = 0; number < count; ++number) {
    text += line(number);
    text += '\n';
    if (text.size() < (1U << 20) && number + 1 != count) continue;
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    text.clear();
  }
  out.close();
  if (!out) throw std::runtime_error("cannot write " + file);
}

// The script writes to `out`, which is a new file: to empty the old one is not its work.
double seconds_of(const std::string& script, const std::string& out) {
  fs::remove(out);
  const Stopwatch watch;
  (void)output_of_shell(script);
  return watch.seconds();
}

std::string forkmap_script(const Context& context, const char* function, const std::string& in,
                           const std::string& out) {
  return fmt::format("'{}' run -j 2 --progress never --input '{}' '{}:{}' > '{}'",
                     context.settings().command.string(), in, context.settings().plugin.string(),
                     function, out);
}

std::string version_of(const char* script, std::string_view before) {
  const std::string line = first_line_of(script);
  return line.starts_with(before) ? line.substr(before.size()) : line;
}

// What the peers write to must be, byte for byte, what forkmap wrote.
std::string compared(const std::string& ours, const std::vector<std::string>& theirs) {
  for (const std::string& each : theirs) {
    (void)output_of_shell(fmt::format("cmp '{}' '{}'", ours, each));
  }
  return theirs.empty() ? "" : "The outputs of forkmap and of its peers are the same bytes.";
}

double read_and_scan_seconds(const std::string& file) {
  const Stopwatch watch;
  std::ifstream in(file, std::ios::binary);
  std::vector<char> text(fs::file_size(file));
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (count_lines(text) == 0) throw std::runtime_error("no lines in " + file);
  return watch.seconds();
}

Plan integers(Context& context) {
  const auto files = std::make_shared<Scratch>(context.settings().scratch);
  const std::string in = *files / "in";
  const std::size_t count = context.pick(std::size_t{10'000'000}, std::size_t{2'000'000});
  // mawk's %d ends at 2^31 - 1, so no square is larger.
  constexpr std::size_t kBelow = 46'341;
  write_lines(in, count, [](std::size_t number) { return std::to_string(number * 7919 % kBelow); });
  const std::string script = forkmap_script(context, "square", in, *files / "forkmap");
  const auto rate = [count](double seconds) { return static_cast<double>(count) / seconds / 1e6; };
  Plan plan{.what = fmt::format("{} lines, i64 square, in order, file to file, 2 workers", count),
            .unit = "M lines/s",
            .better = Better::higher,
            .ours = [=] { return rate(seconds_of(script, *files / "forkmap")); },
            .against = {{.name = "read + scan for line ends",
                         .run = [=] { return rate(read_and_scan_seconds(in)); }}},
            .targets = {{Relation::at_least, 6, "mawk"},
                        {Relation::at_least, 8, "parallel --pipepart mawk"}}};
  std::vector<std::string> compare;
  if (context.settings().peers) {
    const std::string mawk = R"(mawk '{printf "%d\n", $1*$1}')";
    const auto add = [&](const char* name, std::string version, const std::string& command,
                         const std::string& out) {
      plan.against.push_back(
          {.name = name, .version = std::move(version), .kind = Kind::peer, .run = [=] {
             return rate(seconds_of(fmt::format("{} > '{}'", command, out), out));
           }});
    };
    const std::string by_mawk = *files / "mawk";
    add("mawk", version_of("mawk -W version", "mawk "), fmt::format("{} '{}'", mawk, in), by_mawk);
    const std::string by_parallel = *files / "parallel";
    add("parallel --pipepart mawk", version_of("parallel --version", "GNU parallel "),
        fmt::format(R"(parallel --will-cite --pipepart -k -j 2 --block -1 -a '{}' {})", in,
                    R"('mawk '"'"'{printf "%d\n", $1*$1}'"'")"),
        by_parallel);
    add("xargs -P 2 mawk (out of order)", version_of("xargs --version", "xargs (GNU findutils) "),
        fmt::format(
            R"(xargs -a '{}' -P 2 -n 20000 mawk 'BEGIN {{for (i = 1; i < ARGC; ++i) printf "%d\n", ARGV[i]*ARGV[i]}}')",
            in),
        *files / "xargs");
    compare = {by_mawk, by_parallel};
  }
  plan.note = [files, compare] { return compared(*files / "forkmap", compare); };
  return plan;
}

Plan floats(Context& context) {
  const auto files = std::make_shared<Scratch>(context.settings().scratch);
  const std::string in = *files / "in";
  const std::size_t count = context.pick(std::size_t{10'000'000}, std::size_t{2'000'000});
  write_lines(in, count, [](std::size_t number) {
    return fmt::format("{}.{:03}", number / 7, number * 37 % 1000);
  });
  const std::string script = forkmap_script(context, "square_f64", in, *files / "forkmap");
  const auto rate = [count](double seconds) { return static_cast<double>(count) / seconds / 1e6; };
  Plan plan{
      .what = fmt::format(
          "{} lines, f64 square, shortest text that reads back the same, file to file", count),
      .unit = "M lines/s",
      .better = Better::higher,
      .ours = [=] { return rate(seconds_of(script, *files / "forkmap")); },
      .targets = {{Relation::at_least, 4, "mawk"}},
      .note = [files] { return std::string(); }};
  if (context.settings().peers) {
    const std::string command =
        fmt::format(R"(mawk '{{printf "%.17g\n", $1*$1}}' '{}' > '{}')", in, *files / "mawk");
    const std::string by_mawk = *files / "mawk";
    plan.against.push_back({.name = "mawk",
                            .version = version_of("mawk -W version", "mawk "),
                            .kind = Kind::peer,
                            .run = [=] { return rate(seconds_of(command, by_mawk)); }});
  }
  return plan;
}

Plan long_lines(Context& context) {
  const auto files = std::make_shared<Scratch>(context.settings().scratch);
  const std::string in = *files / "in";
  const std::size_t count = context.pick(std::size_t{500'000}, std::size_t{200'000});
  constexpr std::size_t kLineBytes = 1000;
  write_lines(in, count,
              [](std::size_t number) { return fmt::format("{:0>{}}", number, kLineBytes - 1); });
  const std::string script = forkmap_script(context, "echo", in, *files / "forkmap");
  const auto rate = [count](double seconds) {
    return static_cast<double>(count) * kLineBytes / seconds / 1e9;
  };
  return {
      .what = fmt::format("{} lines of 1 kB, str -> str, file to file; bytes of the input", count),
      .unit = "GB/s",
      .better = Better::higher,
      .ours = [=] { return rate(seconds_of(script, *files / "forkmap")); },
      .against = {{.name = "cat",
                   .version = version_of("cat --version", "cat (GNU coreutils) "),
                   .run =
                       [=] {
                         const std::string out = *files / "copy";
                         return rate(seconds_of(fmt::format("cat '{}' > '{}'", in, out), out));
                       }},
                  {.name = "read + scan for line ends",
                   .run = [=] { return rate(read_and_scan_seconds(in)); }}},
      .targets = {{Relation::at_least, 1, ""}},
      .note =
          [files, in] {
            (void)output_of_shell(fmt::format("cmp '{}' '{}'", in, *files / "forkmap"));
            return std::string("The output is the input, byte for byte.");
          }};
}

}  // namespace

RowDefinitions text_rows() {
  return {{"text-i64", integers}, {"text-f64", floats}, {"text-1-kb-lines", long_lines}};
}

}  // namespace forkmap::bench
