// SPDX-License-Identifier: Apache-2.0
#include "host/watch/top_session.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <csignal>
#include <cstdio>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/system_error.hpp"
#include "core/base/unique_fd.hpp"
#include "host/cli/exit_codes.hpp"
#include "host/cli/signal_watch.hpp"
#include "host/watch/client.hpp"
#include "host/watch/status_table.hpp"
#include "host/watch/terminal_screen.hpp"

namespace forkmap::host {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kSilencePatience = 2s;  // then a run that says nothing is said to be silent

base::UniqueFd watch_window() {
  sigset_t window;
  sigemptyset(&window);
  sigaddset(&window, SIGWINCH);
  ::sigprocmask(SIG_BLOCK, &window, nullptr);
  base::UniqueFd fd(::signalfd(-1, &window, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) base::throw_system_error("watch the size of the terminal", errno);
  return fd;
}

class TopSession {
 public:
  TopSession(StatusName run, std::chrono::nanoseconds interval, std::string machine)
      : run_(std::move(run)), interval_(interval), machine_(std::move(machine)), client_(run_) {}

  int run() {
    while (!is_over_ && signal_ == 0) {
      ask_if_due();
      draw();
      wait();
    }
    screen_.close();
    if (signal_ != 0) end_by(signal_);
    if (has_ended_) {
      std::printf("run %d has ended\n", static_cast<int>(run_.pid));
    }
    return kSucceeded;
  }

 private:
  void ask_if_due() {
    const auto now = Clock::now();
    if (asked_) return;
    if (!client_.is_connected()) reconnect();
    if (now < next_ask_ && wish_ == 0) return;
    client_.send(wish_ > 0 ? resize_request(std::exchange(wish_, 0)) : status_request());
    if (client_.is_connected()) asked_ = now;
    next_ask_ = now + interval_;
  }

  // The run has closed the connection: it has ended, or has others to talk to.
  void reconnect() {
    asked_.reset();
    client_ = StatusClient(run_);
    if (client_.is_connected()) return;
    const auto runs = visible_runs(run_.pid);
    const bool is_there =
        std::ranges::any_of(runs, [this](const auto& each) { return each.text == run_.text; });
    is_over_ = has_ended_ = !is_there;
    next_ask_ = Clock::now() + interval_;
  }

  void wait() {
    if (is_over_) return;
    const auto until =
        asked_ ? std::max(*asked_ + kSilencePatience, Clock::now() + 500ms) : next_ask_;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    std::array<pollfd, 4> fds{{{client_.fd(), POLLIN, 0},
                               {screen_.keyboard_fd(), POLLIN, 0},
                               {signals_.fd(), POLLIN, 0},
                               {window_.get(), POLLIN, 0}}};
    ::poll(fds.data(), fds.size(), static_cast<int>(std::clamp<long>(left.count(), 0, 3'600'000)));
    if (fds[2].revents != 0) take_signals();
    if (fds[3].revents != 0) {
      signalfd_siginfo info;
      while (::read(window_.get(), &info, sizeof info) > 0) continue;
    }
    if (fds[1].revents != 0) take_keys();
    if (fds[0].revents != 0) take_answer();
  }

  void take_signals() {
    while (const auto signal = signals_.take()) {
      if (*signal == SIGTSTP) {
        screen_.close();
        stop_here();
        screen_.open();
      } else if (*signal != SIGUSR1) {
        signal_ = *signal;
      }
    }
  }

  void take_keys() {
    for (const char key : screen_.keys()) {
      if (key == 'q' || key == 'Q') is_over_ = true;
      if (!answer_ || (key != '+' && key != '-')) continue;
      wanted_ = std::clamp(wanted_ + (key == '+' ? 1 : -1), 1, kMostStatusWorkers);
      wish_ = wanted_;
    }
  }

  void take_answer() {
    while (auto line = client_.receive()) {
      asked_.reset();
      StatusAnswer answer = read_answer(*line);
      fault_ = answer.fault;
      if (!fault_.empty()) continue;
      answer_ = std::move(answer.status);
      if (wish_ == 0) wanted_ = answer_->workers_wanted;
    }
    if (!client_.is_connected()) reconnect();
  }

  void draw() {
    if (is_over_) return;
    std::vector<std::string> lines;
    if (answer_) lines = status_lines(*answer_, machine_);
    std::string note = "q quits, + and - change the number of workers";
    if (answer_ && !machine_.empty() && !has_machine(*answer_, machine_)) {
      note = "the run has no machine " + machine_;
    }
    if (!fault_.empty()) note = fault_;
    if (!client_.is_connected() || (asked_ && Clock::now() - *asked_ >= kSilencePatience)) {
      note = "run " + std::to_string(run_.pid) +
             (is_stopped(run_.pid) ? " is stopped" : " does not answer");
    }
    lines.insert(lines.begin() + std::min<std::ptrdiff_t>(3, std::ssize(lines)), note);
    screen_.draw(lines);
  }

  StatusName run_;
  std::chrono::nanoseconds interval_;
  std::string machine_;
  StatusClient client_;
  SignalWatch signals_;
  base::UniqueFd window_ = watch_window();
  TerminalScreen screen_;
  std::optional<RunStatus> answer_;
  std::string fault_;                       // what the run has said instead
  std::optional<Clock::time_point> asked_;  // and not answered yet
  Clock::time_point next_ask_{};
  int wanted_ = 0;  // workers
  int wish_ = 0;    // the same, if the run is to be told
  int signal_ = 0;
  bool is_over_ = false;
  bool has_ended_ = false;
};

}  // namespace

int show_live(const StatusName& run, std::chrono::nanoseconds interval,
              const std::string& machine) {
  return TopSession(run, interval, machine).run();
}

}  // namespace forkmap::host
