// SPDX-License-Identifier: Apache-2.0
#include "host/shell_session.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string_view>
#include <utility>

#include "core/base/printable_text.hpp"
#include "core/base/signal_names.hpp"
#include "host/binding_options.hpp"
#include "host/child_output.hpp"
#include "host/shell_items.hpp"
#include "host/shell_map.hpp"
#include "host/shell_pool_options.hpp"
#include "host/shell_tables.hpp"
#include "host/usage_error.hpp"

namespace forkmap::host {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kDeathPatience = std::chrono::seconds(10);
constexpr std::size_t kAnyNumber = SIZE_MAX;

std::span<const ShellWord> behind(const std::vector<ShellWord>& words, std::size_t count) {
  return std::span(words).subspan(count);
}

Reduction reduction_named(const std::string& name) {
  for (const Reduction reduction :
       {Reduction::sum, Reduction::min, Reduction::max, Reduction::count, Reduction::mean}) {
    if (name_of(reduction) == name) return reduction;
  }
  throw UsageError("there is no reduction " + name + "; there are sum, min, max, count, mean");
}

int worker_number(const std::string& text) {
  return parse_count(text.starts_with('w') ? text.substr(1) : text, 0, "the number of a worker");
}

std::string team_of(const ShellPool& pool) {
  std::string text = "generation " + std::to_string(pool.engine->generation()) + ", pids";
  for (const WorkerInfo& worker : pool.engine->workers()) text += " " + std::to_string(worker.pid);
  return text;
}

ShellAnswer about(const ShellPool& pool, std::string text) {
  ShellAnswer answer;
  answer.text = std::move(text);
  answer.generation = pool.engine->generation();
  return answer;
}

ShellAnswer about(const ShellPool& pool, ShellAnswer answer) {
  answer.generation = pool.engine->generation();
  return answer;
}

}  // namespace

struct ShellSession::Verb {
  std::string_view name;
  std::size_t least;  // words behind it
  std::size_t most;
  Doer run;
  std::string_view usage;
};

const ShellSession::Verb ShellSession::kVerbs[] = {
    {"load", 1, kAnyNumber, &ShellSession::load, "load PLUGIN [bind=own|any] [global=LIB]"},
    {"pool", 1, kAnyNumber, &ShellSession::make_pool,
     "pool NAME [workers=N] [on-stale=refork] [retries=N]"},
    {"map", 2, kAnyNumber, &ShellSession::map, "map NAME FUNCTION ITEMS"},
    {"start", 2, kAnyNumber, &ShellSession::start, "start NAME FUNCTION ITEMS"},
    {"collect", 1, 1, &ShellSession::collect, "collect NAME"},
    {"serial", 1, kAnyNumber, &ShellSession::serial, "serial FUNCTION ITEMS"},
    {"reduce", 3, kAnyNumber, &ShellSession::reduce,
     "reduce NAME sum|min|max|count|mean FUNCTION ITEMS"},
    {"kill", 3, 4, &ShellSession::kill, "kill NAME worker K [SIGNAL]"},
    {"refork", 1, 1, &ShellSession::refork, "refork NAME"},
    {"resize", 2, 2, &ShellSession::resize, "resize NAME N"},
    {"close", 1, 1, &ShellSession::close, "close NAME"},
    {"workers", 1, 1, &ShellSession::workers, "workers NAME"},
    {"lanes", 1, 1, &ShellSession::lanes, "lanes NAME"},
    {"registry", 0, 0, &ShellSession::show_registry, "registry"},
    {"sleep", 1, 1, &ShellSession::sleep, "sleep MS"},
    {"!", 0, 0, &ShellSession::command, "!COMMAND"},
};

ShellAnswer ShellSession::run(const ShellStatement& statement) {
  const auto* const verb = std::ranges::find(kVerbs, statement.verb, &Verb::name);
  if (verb == std::end(kVerbs)) {
    throw UsageError("there is no statement \"" + statement.verb + "\"; help lists them");
  }
  const std::size_t count = statement.words.size();
  if (count < verb->least || count > verb->most) {
    throw UsageError("it is written " + std::string(verb->usage));
  }
  return (this->*verb->run)(statement);
}

ShellAnswer ShellSession::load(const ShellStatement& statement) {
  BindingOptions binding;
  for (const ShellWord& word : behind(statement.words, 1)) set_binding_option(binding, word.text);
  const PluginInfo plugin =
      registry_.load(statement.words[0].text, binding.load_options(false, true));
  check_global_libraries(binding);
  for (const std::string& warning : plugin.warnings) {
    std::fprintf(stderr, "forkmap: %s: %s\n", plugin.name.c_str(), warning.c_str());
  }
  ShellAnswer answer;
  answer.generation = registry_.generation();
  answer.text = "generation " + std::to_string(registry_.generation()) + ": plugin " + plugin.name;
  for (const FunctionInfo& function : plugin.functions) {
    answer.text += (&function == &plugin.functions.front() ? " with " : ", ") + function.name;
  }
  answer.text += "\n";
  return answer;
}

ShellAnswer ShellSession::make_pool(const ShellStatement& statement) {
  PoolOptions options = parse_pool_options(behind(statement.words, 1));
  options.notice = [](std::string_view text) {
    std::fprintf(stderr, "forkmap: %s\n", base::printable_lines(text).c_str());
  };
  const ShellPool& pool =
      pools_.open(statement.words[0].text, registry_.table(), std::move(options));
  return about(pool, "pool " + pool.name + ": " + team_of(pool) + "\n");
}

ShellMap ShellSession::open(const std::string& pool, const std::string& function,
                            std::span<const ShellWord> items) {
  ShellPool& used = pools_.at(pool);
  return open_shell_map(used, registry_.table().resolve(function), expand_items(items));
}

ShellOutcomes ShellSession::read(ShellPool& pool, const ShellMap& map) {
  ShellOutcomes outcomes = read_shell_map(pools_, map, interrupt_);
  pool.has_called = pool.has_called || outcomes.has_called();
  return outcomes;
}

ShellAnswer ShellSession::map(const ShellStatement& statement) {
  const auto& words = statement.words;
  const ShellMap map = open(words[0].text, words[1].text, behind(words, 2));
  ShellPool& pool = pools_.at(words[0].text);
  return about(pool, read(pool, map).as_list());
}

ShellAnswer ShellSession::start(const ShellStatement& statement) {
  const auto& words = statement.words;
  ShellMap map = open(words[0].text, words[1].text, behind(words, 2));
  ShellPool& pool = pools_.at(words[0].text);
  pool.started.push_back(std::move(map));
  return about(pool, std::string());
}

ShellAnswer ShellSession::collect(const ShellStatement& statement) {
  ShellPool& pool = pools_.at(statement.words[0].text);
  if (pool.started.empty()) throw UsageError("nothing was started on pool " + pool.name);
  const ShellMap map = std::move(pool.started.front());
  pool.started.pop_front();
  return about(pool, read(pool, map).as_list());
}

ShellAnswer ShellSession::serial(const ShellStatement& statement) {
  const auto& words = statement.words;
  const plugin::FunctionEntry& function = registry_.table().resolve(words[0].text);
  ShellAnswer answer =
      run_serial_map(registry_, function, expand_items(behind(words, 1))).as_list();
  answer.generation = registry_.generation();
  return answer;
}

ShellAnswer ShellSession::reduce(const ShellStatement& statement) {
  const auto& words = statement.words;
  const Reduction reduction = reduction_named(words[1].text);
  const ShellMap map = open(words[0].text, words[2].text, behind(words, 3));
  ShellPool& pool = pools_.at(words[0].text);
  return about(pool, read(pool, map).reduced(reduction));
}

ShellAnswer ShellSession::kill(const ShellStatement& statement) {
  const auto& words = statement.words;
  if (words[1].text != "worker") throw UsageError("it is written kill NAME worker K [SIGNAL]");
  ShellPool& pool = pools_.at(words[0].text);
  const int number = worker_number(words[2].text);
  const auto signal = base::signal_named(words.size() == 4 ? words[3].text : "KILL");
  if (!signal) throw UsageError("there is no signal " + words[3].text);
  const std::vector<WorkerInfo> workers = pool.engine->workers();
  const auto victim = std::ranges::find(workers, number, &WorkerInfo::number);
  if (victim == workers.end() || !pool.engine->signal_worker(number, *signal)) {
    throw UsageError("pool " + pool.name + " has no live worker " + std::to_string(number));
  }
  std::string text = "w" + std::to_string(number) + ": pid " + std::to_string(victim->pid) +
                     " got " + base::signal_name(*signal);
  if (base::is_deadly(*signal)) text += fate_of(pool, *victim);
  return about(pool, text + "\n");
}

std::string ShellSession::fate_of(ShellPool& pool, const WorkerInfo& victim) {
  const auto end = Clock::now() + kDeathPatience;
  while (Clock::now() < end) {
    pools_.wait(std::chrono::milliseconds(10));
    const std::vector<WorkerInfo> workers = pool.engine->workers();
    const auto now = std::ranges::find(workers, victim.number, &WorkerInfo::number);
    if (now == workers.end()) return " and is gone";
    const bool is_there = now->state == WorkerState::idle || now->state == WorkerState::running;
    if (now->pid != victim.pid && now->pid > 0 && is_there) {
      return "; its replacement is pid " + std::to_string(now->pid) + " of generation " +
             std::to_string(now->generation);
    }
  }
  return "; it has not been replaced yet";
}

ShellAnswer ShellSession::refork(const ShellStatement& statement) {
  ShellPool& pool = pools_.at(statement.words[0].text);
  pool.engine->refork();
  return about(pool, "pool " + pool.name + ": " + team_of(pool) + "\n" +
                         changed_files(registry_, pool.engine->generation()));
}

ShellAnswer ShellSession::resize(const ShellStatement& statement) {
  ShellPool& pool = pools_.at(statement.words[0].text);
  pool.engine->resize(parse_count(statement.words[1].text, 1, "the number of workers"));
  return about(pool, std::string());
}

ShellAnswer ShellSession::close(const ShellStatement& statement) {
  pools_.close(statement.words[0].text);
  return {};
}

ShellAnswer ShellSession::workers(const ShellStatement& statement) {
  pools_.wait({});
  const ShellPool& pool = pools_.at(statement.words[0].text);
  return about(pool, workers_table(pool) + changed_files(registry_, pool.engine->generation()));
}

ShellAnswer ShellSession::lanes(const ShellStatement& statement) {
  pools_.wait({});
  const ShellPool& pool = pools_.at(statement.words[0].text);
  return about(pool, lanes_table(pool));
}

ShellAnswer ShellSession::show_registry(const ShellStatement&) {
  ShellAnswer answer;
  answer.generation = registry_.generation();
  answer.text = registry_table(registry_) + changed_files(registry_, registry_.generation());
  return answer;
}

ShellAnswer ShellSession::sleep(const ShellStatement& statement) {
  const auto end = Clock::now() + std::chrono::milliseconds(
                                      parse_count(statement.words[0].text, 0, "milliseconds"));
  interrupt_.forget();
  for (auto now = Clock::now(); now < end; now = Clock::now()) {
    if (pools_.wait(end - now, interrupt_.fd())) throw Error("interrupted");
  }
  return {};
}

ShellAnswer ShellSession::command(const ShellStatement& statement) {
  if (statement.rest.empty()) throw UsageError("it is written !COMMAND");
  ChildOutput ran = child_output({"sh", "-c", statement.rest});
  if (ran.status != 0) {
    throw UsageError("the command ended with status " + std::to_string(ran.status) +
                     (ran.output.empty() ? "" : ", after it had printed: " + ran.output));
  }
  if (!ran.output.empty() && !ran.output.ends_with('\n')) ran.output += '\n';
  ShellAnswer answer;
  answer.text = std::move(ran.output);
  return answer;
}

}  // namespace forkmap::host
