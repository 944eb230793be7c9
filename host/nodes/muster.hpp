// SPDX-License-Identifier: Apache-2.0
//
// The other machines of a run come in: each says what it can run, or why it cannot.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "core/node/messages.hpp"
#include "host/nodes/courier_door.hpp"
#include "host/nodes/first_message.hpp"
#include "host/nodes/plugin_stock.hpp"
#include "host/nodes/started_program.hpp"

namespace forkmap::host {

struct MusteredNode {
  std::uint32_t rank = 0;
  std::string name;
  base::UniqueFd socket;  // nothing behind its hello was read
  std::optional<node::Hello> hello = {};
  std::vector<std::string> sent = {};  // plugins, by the words of the run
  std::string failure = {};            // why it cannot serve; then there is no hello
};

class Muster {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kNoticeInterval{10};

  // Told now and then whom it waits for.
  using Notice = std::function<void(const std::string& text)>;

  // `names` by rank, from 1; none: there are as many as the courier says, and they name themselves.
  // `stock`: for those that ask for plugins; null: nobody should. All outlive it.
  Muster(CourierDoor& door, StartedProgram& program, std::vector<std::string> names,
         PluginStock* stock = nullptr, Notice notice = {});

  // Until each has said something, by rank. Those of which nothing was heard at `until` have a
  // failure. Throws UsageError, with what the program has said, if that ends before.
  [[nodiscard]] std::vector<MusteredNode> run(Clock::time_point until);

 private:
  struct Place {
    MusteredNode node;
    FirstMessage first;
    PluginStock::Frames answer = {};  // to what it has asked
    std::size_t answered_bytes = 0;   // of them
    [[nodiscard]] bool is_open() const { return !node.hello && node.failure.empty(); }
    [[nodiscard]] bool has_unsent() const {
      return answer != nullptr && answered_bytes < answer->size();
    }
  };
  CourierDoor& door_;
  StartedProgram& program_;
  std::vector<std::string> names_;
  PluginStock* stock_;
  Notice notice_;
  Clock::time_point begun_ = Clock::now();
  Clock::time_point next_notice_ = begun_ + kNoticeInterval;
  std::vector<Place> places_;  // by rank - 1, once their number is known

  void wait(Clock::time_point until) const;
  void take(CourierStream&& stream);
  void read(Place& place);
  void take_hello(Place& place, const node::Message& message);
  void answer(Place& place, const node::Message& message);
  static void write(Place& place);
  void note_program_end();
  void tell_of_wait();
  [[nodiscard]] bool is_complete() const;
};

}  // namespace forkmap::host
