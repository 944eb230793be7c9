// SPDX-License-Identifier: Apache-2.0
//
// Writing memory that a process on another core has read and will read again. An ordinary store
// first fetches the cache line from that core, 7 to 28 ns each on the machines this was measured
// on, and no prefetch helps against the lack of throughput. A store past the caches takes 2 to 3 ns
// a line, but only for whole lines; so they are put together in a stage of a few KiB.
//
// What goes through it may not be there for others, nor for this process, before finish(); after
// that it is as if stored by ordinary stores, and a release store publishes it.
#pragma once

#include <cstddef>
#include <cstring>

namespace forkmap::base {

inline constexpr std::size_t kStageBytes = 4096;      // written at once
inline constexpr std::size_t kStageSlackBytes = 512;  // what can be added in one piece

// Memory of a StreamWriter; may be uninitialized.
struct StreamStage {
  alignas(64) char bytes[kStageBytes + kStageSlackBytes];
};

// Writes the stage [begin, at) to `to`, but for what is behind the last whole cache line there,
// which moves to the stage's begin. Returns the end of what was written.
[[nodiscard]] char* stream_stage(char* begin, const char* at, char* to) noexcept;
// Writes all of the stage, and then `size_bytes` from elsewhere. Returns the end.
[[nodiscard]] char* stream_through(const char* begin, const char* at, char* to, const char* from,
                                   std::size_t size_bytes) noexcept;
void stream_fence() noexcept;

// Its members are its own: nothing it calls has their address, so that they stay in registers.
class StreamWriter {
 public:
  StreamWriter(StreamStage& stage, void* to) noexcept
      : begin_(stage.bytes), at_(stage.bytes), to_(static_cast<char*>(to)) {}

  // Room for kStageSlackBytes. What was put there is kept by moving on.
  [[nodiscard]] char* place() const noexcept { return at_; }
  void move_to(char* at) noexcept {
    at_ = at;
    if (at_ < begin_ + kStageBytes) [[likely]]
      return;
    char* const next = stream_stage(begin_, at_, to_);
    at_ -= next - to_;
    to_ = next;
  }
  void write(const char* from, std::size_t size_bytes) noexcept {
    if (size_bytes <= kStageSlackBytes) {
      if (size_bytes == 0) return;  // `from` may be null
      std::memcpy(at_, from, size_bytes);
      move_to(at_ + size_bytes);
    } else {
      to_ = stream_through(begin_, at_, to_, from, size_bytes);
      at_ = begin_;
    }
  }
  // The end of all that was written. A short rest takes the ordinary way.
  char* finish() noexcept {
    to_ = stream_through(begin_, at_, to_, nullptr, 0);
    at_ = begin_;
    stream_fence();
    return to_;
  }

 private:
  char* begin_;
  char* at_;
  char* to_;
};

}  // namespace forkmap::base
