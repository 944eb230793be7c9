// SPDX-License-Identifier: Apache-2.0
#include "core/node/wire_parts.hpp"

#include <forkmap/options.hpp>

namespace forkmap::node {

void get_clock(WireReader& in, std::uint64_t& time_ns) {
  in.get(time_ns);
  if (time_ns > kMostClockNs) in.fail("a time that no clock shows");
}

void put_usage(WireWriter& out, const ProcessUsage& usage) {
  put_time(out, usage.user_time);
  put_time(out, usage.system_time);
  out.put(usage.max_resident_bytes);
}

void get_usage(WireReader& in, ProcessUsage& usage) {
  get_time(in, usage.user_time);
  get_time(in, usage.system_time);
  in.get(usage.max_resident_bytes);
}

void put_texts(WireWriter& out, const std::vector<std::string>& texts) {
  out.put_short(texts.size());
  for (const std::string& text : texts) out.put(text);
}

void get_texts(WireReader& in, std::vector<std::string>& texts) {
  texts.resize(in.get_count(1));
  for (std::string& text : texts) in.get(text);
}

void get_worker(WireReader& in, int& number) {
  in.get(number);
  if (number < 0 || number >= kMostWorkers) in.fail("a worker that cannot be");
}

}  // namespace forkmap::node
