// SPDX-License-Identifier: Apache-2.0
//
// Plugins that go from one machine to another.
#include "core/node/messages.hpp"
#include "core/node/wire.hpp"

namespace forkmap::node {

namespace {

constexpr std::uint64_t kLeastTextBytes = 1;

// What may be the name of a file in a folder of ours.
bool is_file_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

}  // namespace

Message to_message(const HeldPlugins& held) {
  Message message{.type = FrameType::held};
  WireWriter out(message.payload);
  out.put_short(held.plugins.size());
  for (const HeldPlugin& plugin : held.plugins) {
    out.put(plugin.word);
    out.put(plugin.content);
  }
  return message;
}

Fault from_message(const Message& message, HeldPlugins& to) {
  WireReader in(message.payload);
  to = {};
  to.plugins.resize(in.get_count(2 * kLeastTextBytes));
  for (HeldPlugin& plugin : to.plugins) {
    in.get(plugin.word);
    in.get(plugin.content);
  }
  in.expect_end();
  return in.fault();
}

Message to_message(const SentPlugins& sent) {
  Message message{.type = FrameType::sent};
  WireWriter out(message.payload);
  out.put_short(sent.plugins.size());
  for (const SentPlugin& plugin : sent.plugins) {
    out.put(plugin.word);
    out.put(plugin.file_name);
    out.put(plugin.image);
  }
  return message;
}

Fault from_message(const Message& message, SentPlugins& to) {
  WireReader in(message.payload);
  to = {};
  to.plugins.resize(in.get_count(3 * kLeastTextBytes));
  for (SentPlugin& plugin : to.plugins) {
    in.get(plugin.word);
    in.get(plugin.file_name);
    in.get(plugin.image);
    if (in.is_good() && !is_file_name(plugin.file_name)) in.fail("a plugin without a file name");
  }
  in.expect_end();
  return in.fault();
}

}  // namespace forkmap::node
