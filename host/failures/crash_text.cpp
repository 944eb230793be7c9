// SPDX-License-Identifier: Apache-2.0
#include "host/failures/crash_text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>

#include "core/base/printable_text.hpp"
#include "core/base/signal_names.hpp"
#include "core/types/quoted_text.hpp"

namespace forkmap::host {

namespace {

std::string item_text(std::string_view text) { return types::quoted(text, std::string_view::npos); }

std::string time_text(std::chrono::system_clock::time_point now) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(now)));
}

class Lines {
 public:
  void add(std::string_view name, std::string_view value) {
    if (!value.empty()) text_ += fmt::format("{:<13}{}\n", name, base::printable_line(value));
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string items_text(const CrashReport& report, std::uint64_t number) {
  if (report.count == 1) return std::to_string(number);
  return fmt::format("{} and {} behind it, in one call of a vectorized function", number,
                     report.count - 1);
}

std::string attempt_text(const CrashReport& report) {
  if (report.count > 1) return "none of an item: each is run again alone";
  return fmt::format("{} of {}", report.attempt, report.attempts);
}

std::string signal_text(const CrashReport& report) {
  if (!report.signal) return {};
  return fmt::format("{} ({})", *report.signal, base::signal_name(*report.signal));
}

// A line for each line that was printed, so that none is too long to be read.
void add_printed(const CrashReport& report, Lines& lines) {
  std::string name = "printed";
  if (report.printed_since < report.index) {
    lines.add("printed by",
              fmt::format("items {} to {}", report.printed_since + 1, report.index + 1));
  }
  for (std::string_view rest = report.printed; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    lines.add(name, rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
}

std::string usage_text(const ProcessUsage& usage) {
  const std::chrono::duration<double> user = usage.user_time;
  const std::chrono::duration<double> system = usage.system_time;
  return fmt::format("user {:.3f} s, system {:.3f} s, resident at most {} KiB", user.count(),
                     system.count(), usage.max_resident_bytes / 1024);
}

}  // namespace

std::string crash_text(const CrashReport& report, const CrashedItem& item,
                       std::chrono::system_clock::time_point now) {
  Lines lines;
  const auto hex = [](const auto& number) {
    return number ? fmt::format("{:#x}", *number) : std::string();
  };
  lines.add("forkmap", FORKMAP_VERSION);
  lines.add("time", time_text(now));
  lines.add("replay", item.replay);
  lines.add("function", report.function);
  lines.add("plugin", report.plugin_path);
  lines.add("build-id", report.plugin_build_id);
  lines.add("item", items_text(report, item.number));
  lines.add("text", item_text(item.text));
  lines.add("attempt", attempt_text(report));
  lines.add("worker", fmt::format("{}, pid {}", report.worker, report.pid));
  lines.add("node", item.node);
  lines.add("death", report.how);
  lines.add("signal", signal_text(report));
  lines.add("cause",
            report.stack_overflow ? "stack overflow (" + report.cause + ")" : report.cause);
  lines.add("address", hex(report.address));
  if (report.thread) lines.add("thread", std::to_string(*report.thread));
  lines.add("place", report.place);
  lines.add("registers", report.program_counter
                             ? fmt::format("pc {:#x}, sp {:#x}", *report.program_counter,
                                           report.stack_pointer.value_or(0))
                             : std::string());
  lines.add("usage", usage_text(report.usage));
  add_printed(report, lines);
  for (std::size_t number = 0; number < report.frames.size(); ++number) {
    lines.add(fmt::format("frame {}", number), report.frames[number]);
  }
  if (report.frames.empty()) lines.add("frames", "none could be taken");
  return lines.take();
}

}  // namespace forkmap::host
