// SPDX-License-Identifier: Apache-2.0
#include "core/node/messages.hpp"

#include <utility>

#include "core/node/wire_parts.hpp"

namespace forkmap::node {

namespace {

template <class Put>
Message made(FrameType type, const Put& put) {
  Message message{.type = type};
  WireWriter out(message.payload);
  put(out);
  return message;
}

template <class Get>
Fault taken(const Message& message, const Get& get) {
  WireReader in(message.payload);
  get(in);
  in.expect_end();
  return in.fault();
}

using NamedTexts = std::map<std::string, std::string>;

void put_texts(WireWriter& out, const NamedTexts& texts) {
  out.put_short(texts.size());
  for (const auto& [name, text] : texts) {
    out.put(name);
    out.put(text);
  }
}

void get_texts(WireReader& in, NamedTexts& texts) {
  texts.clear();
  for (std::uint64_t left = in.get_count(2); left > 0; --left) {
    std::string name;
    in.get(name);
    in.get(texts[name]);
  }
}

}  // namespace

Message to_message(FrameType type) { return {.type = type}; }

Message to_message(const Hello& hello) {
  return made(FrameType::hello, [&](WireWriter& out) {
    out.put(hello.host);
    out.put(hello.processors);
    out.put(hello.workers);
    out.put(hello.generation);
    out.put(hello.seed);
    put_texts(out, hello.parameters);
    put_texts(out, hello.facts.code);
    put_texts(out, hello.facts.machine);
    out.put_short(hello.plugins.size());
    for (const OfferedPlugin& plugin : hello.plugins) {
      out.put(plugin.name);
      out.put(plugin.version);
      out.put(plugin.path);
      out.put(plugin.build_id);
      out.put(plugin.size_bytes);
    }
    out.put_short(hello.functions.size());
    for (const OfferedFunction& function : hello.functions) {
      out.put(function.full_name);
      out.put(function.signature);
      out.put(function.once);
      out.put(function.vectorized);
    }
  });
}

Fault from_message(const Message& message, Hello& to) {
  return taken(message, [&](WireReader& in) {
    in.get(to.host);
    in.get(to.processors);
    in.get(to.workers);
    in.get(to.generation);
    in.get(to.seed);
    get_texts(in, to.parameters);
    get_texts(in, to.facts.code);
    get_texts(in, to.facts.machine);
    if (in.is_good() && (to.workers == 0 || to.workers > kMostWorkers)) {
      in.fail("a node with " + std::to_string(to.workers) + " workers");
    }
    to.plugins.resize(in.get_count(4 + sizeof(std::uint64_t)));
    for (OfferedPlugin& plugin : to.plugins) {
      in.get(plugin.name);
      in.get(plugin.version);
      in.get(plugin.path);
      in.get(plugin.build_id);
      in.get(plugin.size_bytes);
    }
    to.functions.resize(in.get_count(4));
    for (OfferedFunction& function : to.functions) {
      in.get(function.full_name);
      in.get(function.signature);
      in.get(function.once);
      in.get(function.vectorized);
    }
  });
}

Message to_message(const Welcome& welcome) {
  return made(FrameType::welcome, [&](WireWriter& out) {
    put_time(out, welcome.beat_period);
    put_time(out, welcome.silence_limit);
    out.put(welcome.wants_events);
  });
}

Fault from_message(const Message& message, Welcome& to) {
  return taken(message, [&](WireReader& in) {
    get_time(in, to.beat_period);
    get_time(in, to.silence_limit);
    in.get(to.wants_events);
  });
}

Message to_message(const Refused& refused) {
  return made(FrameType::refused, [&](WireWriter& out) { out.put(refused.why); });
}

Fault from_message(const Message& message, Refused& to) {
  return taken(message, [&](WireReader& in) { in.get(to.why); });
}

Message to_message(const OpenMap& open) {
  Message message = made(FrameType::open, [&](WireWriter& out) {
    out.put(open.function);
    out.put(open.signature);
    out.put(open.text.delimiter);
    out.put(open.text.terminator);
    out.put(open.text.raw);
    out.put(open.wants_columns);
    out.put(open.index_stride);
    out.put(open.chunk);
    out.put(open.retries);
    out.put(open.once);
    put_time(out, open.timeout);
    out.put(open.timeout_percent);
  });
  message.words[0] = open.map;
  return message;
}

Fault from_message(const Message& message, OpenMap& to) {
  to.map = message.words[0];
  return taken(message, [&](WireReader& in) {
    in.get(to.function);
    in.get(to.signature);
    in.get(to.text.delimiter);
    in.get(to.text.terminator);
    in.get(to.text.raw);
    in.get(to.wants_columns);
    in.get(to.index_stride);
    in.get(to.chunk);
    get_natural(in, to.retries);
    in.get(to.once);
    get_time(in, to.timeout);
    get_natural(in, to.timeout_percent);
  });
}

Message to_message(Block&& block) {
  Message message{.type = FrameType::block};
  message.words = {block.number, block.map, block.index};
  message.payload = std::move(block.lines);
  WireWriter(message.payload).put(block.count);  // behind them, so that they are not moved
  return message;
}

Fault from_message(Message&& message, Block& to) {
  to.number = message.words[0];
  to.map = message.words[1];
  to.index = message.words[2];
  to.lines = std::move(message.payload);
  if (to.lines.size() < sizeof(to.count)) return "a message that is too short";
  const std::size_t size = to.lines.size() - sizeof(to.count);
  WireReader(std::span(to.lines).subspan(size)).get(to.count);
  to.lines.resize(size);
  if (to.count == 0) return "a block without rows";
  WireReader in(to.lines);
  for (std::uint32_t row = 0; row < to.count && in.is_good(); ++row) {
    (void)in.get_bytes(in.get_short());
  }
  in.expect_end();
  return in.fault();
}

Message to_message(const Ping& ping) {
  return {.type = FrameType::ping, .words = {ping.time_ns, 0, 0}};
}

Fault from_message(const Message& message, Ping& to) {
  to.time_ns = message.words[0];
  return taken(message, [](WireReader&) {});
}

Message to_message(const RecallBlock& recall) {
  return {.type = FrameType::recall, .words = {recall.block, 0, 0}};
}

Fault from_message(const Message& message, RecallBlock& to) {
  to.block = message.words[0];
  return taken(message, [](WireReader&) {});
}

Message to_message(const ReturnedRows& returned) {
  return {.type = FrameType::returned, .words = {returned.block, returned.row, returned.count}};
}

Fault from_message(const Message& message, ReturnedRows& to) {
  if (message.words[1] > UINT32_MAX || message.words[2] > UINT32_MAX) {
    return "rows that no block has";
  }
  to.block = message.words[0];
  to.row = static_cast<std::uint32_t>(message.words[1]);
  to.count = static_cast<std::uint32_t>(message.words[2]);
  return taken(message, [](WireReader&) {});
}

Message to_message(const CancelMap& cancel) {
  Message message = made(FrameType::cancel, [&](WireWriter& out) { put_time(out, cancel.grace); });
  message.words[0] = cancel.map;
  return message;
}

Fault from_message(const Message& message, CancelMap& to) {
  to.map = message.words[0];
  return taken(message, [&](WireReader& in) { get_time(in, to.grace); });
}

Message to_message(const CloseMap& close) {
  return {.type = FrameType::close, .words = {close.map, 0, 0}};
}

Fault from_message(const Message& message, CloseMap& to) {
  to.map = message.words[0];
  return taken(message, [](WireReader&) {});
}

Message to_message(const Bye& bye) {
  return made(FrameType::bye, [&](WireWriter& out) {
    out.put(bye.why);
    out.put(bye.items_done);
  });
}

Fault from_message(const Message& message, Bye& to) {
  return taken(message, [&](WireReader& in) {
    in.get(to.why);
    in.get(to.items_done);
  });
}

}  // namespace forkmap::node
