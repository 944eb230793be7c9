// SPDX-License-Identifier: Apache-2.0
#include <random>
#include <string>

#include "host/io/stream_hash.hpp"
#include "tests/catch.hpp"

using namespace forkmap::host;

TEST_CASE("hashes have the known values") {
  CHECK(checksum_of("") == 0xef46db3751d8e999);
  CHECK(checksum_of("a") == 0xd24ec4f1a98c6e5b);
  CHECK(checksum_of("Nobody inspects the spammish repetition") == 0xfbcea83c8a378bf1);
  CHECK(to_text(hash_of("")) == "00000000000000000000000000000000");
  CHECK(to_text(hash_of("abc")) == "06b05ab6733a618578af5f94892f3950");
  CHECK((hash_from_text(to_text(hash_of("abc"))) == hash_of("abc")));
  CHECK_FALSE(hash_from_text("06b05ab6733a6185"));
  CHECK_FALSE(hash_from_text("06b05ab6733a618578af5f94892f395x"));
}

TEST_CASE("sums of hashes carry from half to half, and come back") {
  const Hash128 ones = {0, ~std::uint64_t{0}};
  Hash128 sum = ones;
  sum += {0, 1};
  CHECK((sum == Hash128{1, 0}));
  sum -= {0, 1};
  CHECK((sum == ones));
  sum -= ones;
  sum -= {0, 1};
  CHECK((sum == Hash128{~std::uint64_t{0}, ~std::uint64_t{0}}));
}

TEST_CASE("a hash goes on from its value and the bytes of its last block") {
  std::string bytes;
  std::minstd_rand random(4);
  while (bytes.size() < 3 * StreamHash::kBlockBytes) bytes += static_cast<char>(random());
  for (const std::size_t cut :
       {std::size_t{0}, std::size_t{1}, StreamHash::kBlockBytes - 1, StreamHash::kBlockBytes,
        StreamHash::kBlockBytes + 1, 2 * StreamHash::kBlockBytes + 77}) {
    const std::string_view first = std::string_view(bytes).substr(0, cut);
    const std::size_t rest = StreamHash::rest_bytes(cut);
    StreamHash hash;
    hash.go_on(hash_of(first), cut, first.substr(cut - rest));
    REQUIRE((hash.value() == hash_of(first)));
    hash.add(std::string_view(bytes).substr(cut));
    REQUIRE((hash.value() == hash_of(bytes)));
  }
}

TEST_CASE("blocks that change places give another hash") {
  const std::string one(StreamHash::kBlockBytes, 'a');
  const std::string other(StreamHash::kBlockBytes, 'b');
  CHECK_FALSE((hash_of(one + other) == hash_of(other + one)));
}

TEST_CASE("the hash is the same however the bytes are cut") {
  std::minstd_rand random(3);
  for (std::size_t size = 0; size < 200'000; size += 1 + size / 2) {
    std::string bytes;
    while (bytes.size() < size) bytes += static_cast<char>(random());
    StreamHash hash;
    for (std::size_t at = 0; at < size;) {
      const std::size_t step = std::min<std::size_t>(size - at, random() % (70 + size / 3));
      hash.add(std::string_view(bytes).substr(at, step));
      at += step;
    }
    REQUIRE((hash.value() == hash_of(bytes)));
  }
}
