// SPDX-License-Identifier: Apache-2.0
#include "host/run/watch.hpp"

#include <unistd.h>

#include <algorithm>
#include <forkmap/error.hpp>
#include <utility>

#include "host/watch/status_table.hpp"

namespace forkmap::host {

namespace {

using namespace std::chrono_literals;

// While results keep coming nobody waits for the socket, so it is looked at this often.
constexpr auto kLookInterval = 20ms;

// With other machines a run begins before its own workers are there; without, it has as many as
// could be started.
int workers_of(const pool::Engine& engine) {
  const auto there = static_cast<int>(engine.workers().size());
  return there > 0 ? there : wanted_workers(engine);
}

double rate_of(std::uint64_t count, std::chrono::nanoseconds time) {
  if (time.count() <= 0) return 0;
  return static_cast<double>(count) / std::chrono::duration<double>(time).count();
}

}  // namespace

int wanted_workers(const pool::Engine& engine) {
  const int wanted = engine.options().workers;
  return wanted > 0 ? wanted : default_workers();
}

RunWatch::RunWatch(pool::Engine& engine, std::shared_ptr<pool::Map> map, RunJob& job,
                   LookAtNodes look_at_nodes)
    : engine_(engine),
      map_(std::move(map)),
      job_(job),
      look_at_nodes_(std::move(look_at_nodes)),
      workers_wanted_(workers_of(engine)) {
  if (job.options().status.no_socket) return;
  try {
    server_.emplace();
  } catch (const SystemError& error) {
    job.diagnostics().say(std::string(error.what()) +
                          "; so forkmap top does not find this run (--no-status asks for none)");
    return;
  }
}

void RunWatch::keep() {
  const auto now = Clock::now();
  if (now < next_look_) return;
  next_look_ = now + kLookInterval;
  meter_.note(finished(), now);
  if (server_)
    server_->serve(now, [this](const StatusRequest& request) { return answer(request); });
}

int RunWatch::awaited_fd() const { return server_ ? server_->awaited_fd(Clock::now()) : -1; }

std::optional<std::chrono::nanoseconds> RunWatch::next_in() const {
  return server_ ? server_->wakes_in(Clock::now()) : std::nullopt;
}

void RunWatch::print() {
  std::string text;
  for (const std::string& line : status_lines(status())) text += line + "\n";
  job_.diagnostics().print(text);
}

// Without an order nothing waits for its turn; and among the outcomes there may then be items that
// an earlier run has done, or, at the end, cancelled ones.
std::uint64_t RunWatch::finished() const {
  const RunOptions& options = job_.options();
  const bool is_ordered = options.ordered || options.reduction != Reduction::none;
  if (is_ending_ || !is_ordered) return job_.done();
  return std::max(job_.done(), pool::Engine::progress(*map_).outcomes);
}

RunStatus RunWatch::status() {
  const auto now = Clock::now();
  const ProgressFacts facts = job_.facts();
  const std::uint64_t all = finished();
  RunStatus status;
  status.pid = ::getpid();
  status.function = job_.function().full_name;
  if (is_ending_) status.state = "ending";
  status.elapsed = now - start_;
  status.done = facts.done;
  status.waiting = all - facts.done;
  status.failed = facts.failed;
  status.total = facts.total;
  if (!status.total) status.total = pool::Engine::progress(*map_).items;
  status.fraction = facts.fraction;
  status.rate = rate_of(all, status.elapsed);
  status.rate_now = meter_.rate(all, now);
  status.workers_wanted = workers_wanted_;
  const auto add = [&](const std::vector<WorkerInfo>& workers) {
    for (const WorkerInfo& worker : workers) {
      status.workers.push_back(worker_status(worker, job_.node_names().of(worker.node)));
    }
  };
  add(engine_.workers());
  if (look_at_nodes_) {
    AllNodesFacts others = look_at_nodes_();
    add(others.workers);
    status.nodes = std::move(others.nodes);
  }
  return status;
}

std::string RunWatch::answer(const StatusRequest& request) {
  if (request.workers > 0 && request.workers != workers_wanted_) {
    if (is_ending_) return error_answer("the run is ending, so its workers are not changed");
    try {
      engine_.resize(request.workers);
      workers_wanted_ = request.workers;
    } catch (const Error& error) {
      return error_answer(error.what());
    }
  }
  return status_answer(status());
}

}  // namespace forkmap::host
