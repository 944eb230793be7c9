// SPDX-License-Identifier: Apache-2.0
#include "tests/site/scripted_zygote.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace forkmap::testing {

namespace {

using process::EventKind;

base::UniqueFd new_event() { return base::UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

void set(const base::UniqueFd& event) {
  const std::uint64_t one = 1;
  (void)!::write(event.get(), &one, sizeof one);
}

// Numbers that no process has.
pid_t next_pid() {
  static pid_t last = 0x7ff00000;
  return ++last;
}

}  // namespace

ScriptedZygote::ScriptedZygote(Script& script, const pool::WorkerContext& context,
                               const lane::LaneShape& shape, const lane::Doorbell& doorbell)
    : script_(script),
      context_(context),
      shape_(shape),
      doorbell_(doorbell),
      pid_(next_pid()),
      socket_(new_event()),
      pidfd_(new_event()) {
  if (script_.preload_hangs) return;
  if (!script_.preload_failure.empty()) {
    Message message{.event = {.kind = EventKind::preload_failed}, .pidfd = {}};
    std::strncpy(message.event.text.data(), script_.preload_failure.c_str(),
                 message.event.text.size() - 1);
    post(std::move(message));
    return;
  }
  say(EventKind::ready);
}

void ScriptedZygote::say(EventKind kind, process::WorkerId id, int error_number) {
  post({.event = {.kind = kind, .worker = id, .error_number = error_number}, .pidfd = {}});
}

void ScriptedZygote::post(Message message) {
  messages_.push_back(std::move(message));
  set(socket_);
}

InProcessWorker* ScriptedZygote::worker(std::uint32_t slot) {
  const auto found = children_.find(slot);
  return found == children_.end() ? nullptr : found->second.worker.get();
}

std::vector<std::uint32_t> ScriptedZygote::slots() const {
  std::vector<std::uint32_t> slots;
  if (is_dead_) return slots;
  for (const auto& [slot, child] : children_) slots.push_back(slot);
  return slots;
}

void ScriptedZygote::exit(std::uint32_t slot, int status, process::ExitCause cause,
                          std::uint64_t limit_ns) {
  const auto found = children_.find(slot);
  if (found == children_.end()) return;
  set(found->second.end);
  post({.event = {.kind = EventKind::exited,
                  .worker = found->second.id,
                  .pid = found->second.pid,
                  .status = status,
                  .cause = cause,
                  .limit_ns = limit_ns},
        .pidfd = {}});
  children_.erase(found);
  if (quits_ && children_.empty()) leave();
}

void ScriptedZygote::kill_now() const noexcept {
  for (const auto& [slot, child] : children_) set(child.end);
  is_dead_ = true;
  set(pidfd_);
}

void ScriptedZygote::die() {
  kill_now();
  children_.clear();
  messages_.clear();
}

void ScriptedZygote::hang_up() {
  hung_up_ = true;
  set(socket_);
}

void ScriptedZygote::tell(EventKind kind, std::uint32_t slot) {
  const auto found = children_.find(slot);
  if (found != children_.end()) say(kind, found->second.id);
}

void ScriptedZygote::let_leave() {
  for (const std::uint32_t slot : slots()) {
    InProcessWorker& worker = *children_.at(slot).worker;
    if (!worker.is_asked_to_leave() || worker.is_stuck()) continue;
    worker.run_all();
    exit(slot, 0);
  }
}

void ScriptedZygote::leave() {
  left_ = true;
  kill_now();
}

bool ScriptedZygote::end() {
  const bool in_peace = left_;
  die();
  return in_peace;
}

std::optional<process::ZygoteLink::Message> ScriptedZygote::next_event() {
  if (hung_up_) return std::nullopt;  // its socket stays readable
  if (messages_.empty()) {
    std::uint64_t posted = 0;
    (void)!::read(socket_.get(), &posted, sizeof posted);
    return std::nullopt;
  }
  Message message = std::move(messages_.front());
  messages_.pop_front();
  return message;
}

bool ScriptedZygote::spawn(process::WorkerId id, int inputs_fd, int results_fd, int /*output_fd*/) {
  if (is_dead_) return false;
  ++spawns_;
  if (script_.spawns_that_fail > 0) {
    --script_.spawns_that_fail;
    say(EventKind::spawn_failed, id, EAGAIN);
    return true;
  }
  Child child{.id = id,
              .pid = next_pid(),
              .end = new_event(),
              .worker = std::make_unique<InProcessWorker>(context_, shape_, doorbell_, inputs_fd,
                                                          results_fd)};
  post({.event = {.kind = EventKind::spawned, .worker = id, .pid = child.pid},
        .pidfd = base::UniqueFd(::dup(child.end.get()))});
  InProcessWorker& worker = *child.worker;
  children_.insert_or_assign(id.slot, std::move(child));
  if (script_.spawns_that_die > 0) {
    --script_.spawns_that_die;
    exit(id.slot, SIGKILL);
  } else if (script_.workers_come_up) {
    worker.become_ready();
  }
  return true;
}

bool ScriptedZygote::stop_item(process::WorkerId id, std::uint32_t turn, std::uint32_t item) {
  stops_.push_back({id.slot, item});
  const auto found = children_.find(id.slot);
  const bool is_there = found != children_.end() && found->second.id == id &&
                        found->second.worker->is_stuck() && found->second.worker->turn() == turn;
  say(is_there ? EventKind::killed : EventKind::moved_on, id);
  if (is_there) exit(id.slot, SIGKILL, process::ExitCause::asked_stop);
  return !is_dead_;
}

bool ScriptedZygote::kill_worker(process::WorkerId id) {
  ++kills_;
  if (script_.answers_kill) exit(id.slot, SIGKILL, process::ExitCause::asked_kill);
  return !is_dead_;
}

bool ScriptedZygote::pause() { return is_paused_ = true; }

bool ScriptedZygote::resume() {
  is_paused_ = false;
  return true;
}

bool ScriptedZygote::set_limit(std::uint32_t number, std::chrono::nanoseconds limit) {
  limits_[number] = limit;
  return !is_dead_;
}

bool ScriptedZygote::quit() {
  quits_ = true;
  if (script_.leave_at_once) let_leave();
  if (children_.empty()) leave();
  return true;
}

}  // namespace forkmap::testing
