// SPDX-License-Identifier: Apache-2.0
#include "core/shm/arena.hpp"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <map>
#include <random>
#include <vector>

#include "core/shm/memfd.hpp"
#include "tests/catch.hpp"
#include "tests/kit/forked.hpp"

using namespace forkmap;
using shm::Arena;

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;

bool holds_only(const Arena& arena, std::uint64_t offset, std::uint64_t size, std::byte value) {
  return std::all_of(arena.data() + offset, arena.data() + offset + size,
                     [value](std::byte byte) { return byte == value; });
}

}  // namespace

TEST_CASE("stretches of an arena are aligned, disjoint and zero") {
  Arena arena(kMiB);
  CHECK(arena.size_bytes() == kMiB);
  std::vector<std::uint64_t> offsets;
  for (const std::uint64_t size : {1U, 64U, 65U, 5000U}) {
    const auto offset = arena.allocate(size);
    REQUIRE(offset);
    CHECK(*offset % 64 == 0);
    CHECK(holds_only(arena, *offset, size, std::byte{}));
    std::fill_n(arena.data() + *offset, size, std::byte{0xff});
    offsets.push_back(*offset);
  }
  CHECK(offsets == std::vector<std::uint64_t>{0, 64, 128, 256});
  CHECK(arena.used_bytes() == 64 + 64 + 128 + 5056);
}

TEST_CASE("an arena that is asked for more than it has says so, and goes on") {
  Arena arena(kMiB);
  CHECK_FALSE(arena.allocate(kMiB + 1));
  CHECK_FALSE(arena.allocate(std::numeric_limits<std::uint64_t>::max()));
  const auto all = arena.allocate(kMiB);
  REQUIRE(all);
  CHECK_FALSE(arena.allocate(1));
  arena.free(*all);
  CHECK(arena.used_bytes() == 0);
  CHECK(arena.allocate(kMiB) == std::uint64_t{0});
}

TEST_CASE("an empty stretch has a place of its own") {
  Arena arena(kMiB);
  const auto one = arena.allocate(0);
  const auto other = arena.allocate(0);
  REQUIRE(one);
  REQUIRE(other);
  CHECK(*one != *other);
}

TEST_CASE("freed neighbours merge, in every order") {
  std::vector<std::size_t> order{0, 1, 2, 3};
  do {
    Arena arena(4 * 4096);
    std::vector<std::uint64_t> parts;
    for (int part = 0; part < 4; ++part) parts.push_back(arena.allocate(4096).value());
    for (const std::size_t part : order) arena.free(parts[part]);
    CHECK(arena.used_bytes() == 0);
    CHECK(arena.allocate(4 * 4096) == std::uint64_t{0});
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("the next owner of a stretch reads zeros, at its odd ends too") {
  const std::uint64_t page = shm::page_bytes();
  for (const std::uint64_t before : {std::uint64_t{0}, std::uint64_t{64}, page - 64}) {
    for (const std::uint64_t size :
         {std::uint64_t{64}, page - 64, page, page + 64, 3 * page + 128}) {
      Arena arena(8 * page);
      if (before > 0) CHECK(arena.allocate(before) == std::uint64_t{0});
      const std::uint64_t offset = arena.allocate(size).value();
      const std::uint64_t behind = arena.allocate(64).value();
      std::fill_n(arena.data(), arena.size_bytes(), std::byte{0xff});
      arena.free(offset);
      INFO(before << " bytes before a stretch of " << size);
      CHECK(holds_only(arena, 0, before, std::byte{0xff}));
      CHECK(holds_only(arena, offset, size, std::byte{}));
      CHECK(holds_only(arena, behind, 64, std::byte{0xff}));
    }
  }
}

TEST_CASE("the next owner reads zeros where the system refuses to take pages back") {
  const std::uint64_t page = shm::page_bytes();
  Arena arena(8 * page);
  // By its number, since the address sanitizer makes mlock() do nothing.
  if (::syscall(SYS_mlock, arena.data(), arena.size_bytes()) != 0) {
    WARN("skipped: not allowed to lock eight pages");
    return;
  }
  REQUIRE(::madvise(arena.data(), page, MADV_REMOVE) != 0);
  const std::uint64_t offset = arena.allocate(5 * page).value();
  std::fill_n(arena.data() + offset, 5 * page, std::byte{0xff});
  arena.free(offset);
  CHECK(holds_only(arena, offset, 5 * page, std::byte{}));
}

TEST_CASE("large stretches begin apart in the lower bits of their addresses, behind 2 MiB") {
  Arena arena(256 * kMiB, 0);
  std::vector<std::uint64_t> offsets;
  for (int i = 0; i < 8; ++i) {
    const auto offset = arena.allocate(8 * kMiB);
    REQUIRE(offset);
    CHECK(*offset % 64 == 0);
    CHECK(*offset % shm::kHugePageBytes < 128 * 1024);
    for (const std::uint64_t other : offsets) {
      const std::uint64_t apart = (*offset - other) % 4096;
      CHECK(apart >= 256);
      CHECK(apart <= 4096 - 256);
    }
    offsets.push_back(*offset);
  }
  // Small ones fill the gaps.
  CHECK(arena.allocate(64).value() < offsets[2]);
}

TEST_CASE("a large stretch that fits nowhere in its place gets any") {
  Arena arena(9 * kMiB);
  const auto small = arena.allocate(64);
  const auto large = arena.allocate(8 * kMiB);
  CHECK(small == std::uint64_t{0});
  CHECK(large == std::uint64_t{64});
}

TEST_CASE("large stretches hold zeros, also after others, and leave their neighbours alone") {
  Arena arena(64 * kMiB);
  const std::uint64_t before = arena.allocate(100).value();
  const std::uint64_t first = arena.allocate(5 * kMiB).value();
  const std::uint64_t second = arena.allocate(7 * kMiB).value();
  const std::uint64_t behind = arena.allocate(100).value();
  for (const auto& [offset, size] : {std::pair(before, std::uint64_t{100}),
                                     {first, 5 * kMiB},
                                     {second, 7 * kMiB},
                                     {behind, std::uint64_t{100}}}) {
    CHECK(holds_only(arena, offset, size, std::byte{}));
    std::fill_n(arena.data() + offset, size, std::byte{0xff});
  }
  arena.free(first);
  CHECK(holds_only(arena, first, 5 * kMiB, std::byte{}));
  const std::uint64_t again = arena.allocate(4 * kMiB).value();
  CHECK(holds_only(arena, again, 4 * kMiB, std::byte{}));
  CHECK(holds_only(arena, before, 100, std::byte{0xff}));
  CHECK(holds_only(arena, second, 7 * kMiB, std::byte{0xff}));
  CHECK(holds_only(arena, behind, 100, std::byte{0xff}));
  arena.free(second);
  CHECK(holds_only(arena, second, 7 * kMiB, std::byte{}));
}

TEST_CASE("a large stretch takes no memory at once beyond what the arena may") {
  const auto resident_pages = [](const Arena& arena, std::uint64_t offset, std::uint64_t size) {
    const std::uint64_t page = shm::page_bytes();
    std::vector<unsigned char> in_core(size / page);
    std::byte* const begin = arena.data() + offset / page * page;
    REQUIRE(::mincore(begin, in_core.size() * page, in_core.data()) == 0);
    return std::ranges::count_if(in_core, [](unsigned char flag) { return (flag & 1U) != 0; });
  };
  Arena none(64 * kMiB, 0);
  CHECK(resident_pages(none, none.allocate(8 * kMiB).value(), 8 * kMiB) == 0);
  Arena some(64 * kMiB, 10 * kMiB);
  const std::uint64_t first = some.allocate(8 * kMiB).value();
  CHECK(resident_pages(some, first, 8 * kMiB) > 0);
  const std::uint64_t second = some.allocate(8 * kMiB).value();
  CHECK(resident_pages(some, second, 8 * kMiB) == 0);
  some.free(first);
  CHECK(resident_pages(some, some.allocate(8 * kMiB).value(), 8 * kMiB) > 0);
}

TEST_CASE("only memory that lies wholly inside has an offset") {
  Arena arena(kMiB);
  std::byte* const data = arena.data();
  CHECK(arena.offset_of(data, kMiB) == std::uint64_t{0});
  CHECK(arena.offset_of(data + 100, 0) == std::uint64_t{100});
  CHECK(arena.offset_of(data + kMiB, 0) == kMiB);
  CHECK_FALSE(arena.offset_of(data + 1, kMiB));
  CHECK_FALSE(arena.offset_of(data - 1, 1));
  CHECK_FALSE(arena.offset_of(data + kMiB + 1, 0));
  CHECK_FALSE(arena.offset_of(data, std::numeric_limits<std::uint64_t>::max()));
  CHECK_FALSE(arena.offset_of(&arena, sizeof arena));
  CHECK_FALSE(arena.offset_of(nullptr, 1));
}

TEST_CASE("a child shares an arena with the process that made it, at the same address") {
  Arena arena(kMiB);
  const std::uint64_t offset = arena.allocate(64).value();
  CHECK(tests::exited_with(tests::run_forked([&] {
                             arena.data()[offset] = std::byte{9};
                             return 0;
                           }),
                           0));
  CHECK(arena.data()[offset] == std::byte{9});
}

TEST_CASE("an arena agrees with a model of it over random work") {
  constexpr std::uint64_t grain = 64;
  constexpr std::uint64_t size = 256 * 1024;
  Arena arena(size);
  std::mt19937 random(20240611);  // NOLINT(cert-msc51-cpp): the same work in every run
  std::vector<bool> is_taken(size / grain);
  std::map<std::uint64_t, std::uint64_t> taken;  // offset -> grains

  const auto first_fit = [&](std::uint64_t grains) -> std::optional<std::uint64_t> {
    std::uint64_t run = 0;
    for (std::uint64_t place = 0; place < is_taken.size(); ++place) {
      run = is_taken[place] ? 0 : run + 1;
      if (run == grains) return (place + 1 - grains) * grain;
    }
    return std::nullopt;
  };
  const auto mark = [&](std::uint64_t offset, std::uint64_t grains, bool value) {
    for (std::uint64_t place = 0; place < grains; ++place) is_taken[offset / grain + place] = value;
  };

  for (int step = 0; step < 20'000; ++step) {
    if (taken.empty() || random() % 100 < 55) {
      const std::uint64_t grains = 1 + random() % (random() % 10 == 0 ? 1000 : 50);
      const std::uint64_t bytes = grains * grain - random() % grain;
      const auto expected = first_fit(grains);
      const auto offset = arena.allocate(bytes);
      REQUIRE(offset == expected);
      if (!offset) continue;
      REQUIRE(holds_only(arena, *offset, grains * grain, std::byte{}));
      std::fill_n(arena.data() + *offset, grains * grain, static_cast<std::byte>(1 + step % 255));
      mark(*offset, grains, true);
      taken.emplace(*offset, grains);
    } else {
      const auto victim =
          std::next(taken.begin(), static_cast<std::ptrdiff_t>(random() % taken.size()));
      const std::byte value = arena.data()[victim->first];
      REQUIRE(holds_only(arena, victim->first, victim->second * grain, value));
      arena.free(victim->first);
      mark(victim->first, victim->second, false);
      taken.erase(victim);
    }
    std::uint64_t used = 0;
    for (const auto& [offset, grains] : taken) used += grains * grain;
    REQUIRE(arena.used_bytes() == used);
  }
}
